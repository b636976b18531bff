# The variable events: what is refused.
variables {
  name = "partner-files"
  streams = {
    acme = {
      sftp = { host = "sftp.acme.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/acme" } }
      push = { s3 = "our-bucket/out/acme", sftp = "inbox" }
    }
  }
}

run "a_misspelled_field" {
  command = plan
  variables {
    events = { bus = "arn:aws:events:eu-west-1:123456789012:event-bus/files" }
  }
  expect_failures = [var.events]
}

run "a_bus_by_name_alone" {
  command = plan
  variables {
    events = { bus_arn = "files" }
  }
  expect_failures = [var.events]
}

run "a_partner_bus" {
  command = plan
  variables {
    events = { bus_arn = "arn:aws:events:eu-west-1:123456789012:event-bus/aws.partner/example.com/1" }
  }
  expect_failures = [var.events]
}

run "an_ending_that_there_is_not" {
  command = plan
  variables {
    events = { on = ["delivered", "lost"] }
  }
  expect_failures = [var.events]
}

run "no_ending_at_all" {
  command = plan
  variables {
    events = { on = [] }
  }
  expect_failures = [var.events]
}

run "no_object" {
  command = plan
  variables {
    events = "delivered"
  }
  expect_failures = [var.events]
}

run "an_ending_that_is_no_list" {
  command = plan
  variables {
    events = { on = "delivered" }
  }
  expect_failures = [var.events]
}
