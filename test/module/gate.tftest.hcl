# modules/config/gate: who says whether a file may go on its way, for a push and a pull.
variables {
  direction = "push"
  stream    = "acme"
}

run "a_gate_of_nobody" {
  command = plan
  module { source = "./modules/config/gate" }
  variables {
    given = { timeout_hours = 2 }
    gate  = { timeout_hours = 2 }
  }
  expect_failures = [var.gate]
}

run "a_gate_of_two" {
  command = plan
  module { source = "./modules/config/gate" }
  variables {
    given = { function_arn = "arn:aws:lambda:eu-central-1:111111111111:function:scan", guardduty = {} }
    gate  = { function_arn = "arn:aws:lambda:eu-central-1:111111111111:function:scan", guardduty = {} }
  }
  expect_failures = [var.gate]
}

run "a_gate_by_the_name_of_a_function" {
  command = plan
  module { source = "./modules/config/gate" }
  variables {
    given = { function_arn = "scan" }
    gate  = { function_arn = "scan" }
  }
  expect_failures = [var.gate]
}

run "an_unknown_key_of_a_gate" {
  command = plan
  module { source = "./modules/config/gate" }
  variables {
    given = { guardduty = {}, on_timeout = "pass" }
    gate  = { guardduty = {}, on_timeout = "pass" }
  }
  expect_failures = [var.gate]
}

run "an_unknown_key_of_guardduty" {
  command = plan
  module { source = "./modules/config/gate" }
  variables {
    given = { guardduty = { unsupported = "pass" } }
    gate  = { guardduty = { unsupported = "pass" } }
  }
  expect_failures = [var.gate]
}

run "a_key_of_guardduty" {
  command = plan
  module { source = "./modules/config/gate" }
  variables {
    given     = { guardduty = { unsupported = "pass" } }
    gate      = { guardduty = { unsupported = "pass" } }
    direction = "pull"
  }
  expect_failures = [var.gate]
}
