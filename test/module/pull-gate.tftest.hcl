# pull.gate: who says whether a file may be seen in S3.
variables {
  given  = {}
  stream = "acme"
}

run "a_function_with_a_day" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = { gate = { function_arn = "arn:aws:lambda:eu-central-1:111111111111:function:scan" } }
    pull  = { sftp = "outbox", s3 = "our-bucket/in", schedule = "rate(5 minutes)", gate = { function_arn = "arn:aws:lambda:eu-central-1:111111111111:function:scan" } }
  }

  assert {
    condition     = jsonencode(output.pull.config.gate) == jsonencode({ function_arn = "arn:aws:lambda:eu-central-1:111111111111:function:scan", guardduty = null, timeout_hours = 24 })
    error_message = "The gate changed on its way: ${jsonencode(output.pull.config.gate)}."
  }
}

run "guardduty_for_six_days" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = { gate = { guardduty = {}, timeout_hours = 144 } }
    pull  = { sftp = "outbox", s3 = "our-bucket/in", schedule = "rate(5 minutes)", gate = { guardduty = {}, timeout_hours = 144 } }
  }

  assert {
    condition     = jsonencode(output.pull.config.gate) == jsonencode({ function_arn = null, guardduty = {}, timeout_hours = 144 })
    error_message = "The gate changed on its way: ${jsonencode(output.pull.config.gate)}."
  }
}
