# modules/config/stream: impossible thresholds and calendars are errors of the plan.
variables {
  default_bucket = "own-bucket"
  name           = "acme"
  given          = { alarms = {}, pull = { schedule = "" }, push = { sftp = "" } }
  push           = { s3 = "our-bucket/out/acme", sftp = "inbox" }
  pull           = { s3 = "our-bucket/in/acme", sftp = "outbox", schedule = "rate(5 minutes)" }
  sftp = {
    host      = "sftp.acme.example"
    host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"]
    password  = { ssm_parameter = "/sftp/acme" }
    username  = "us"
  }
}

run "defaults" {
  command = plan
  module { source = "./modules/config/stream" }

  assert {
    condition     = output.stream.alarms.poll_overdue_minutes == 30 && output.stream.alarms.errors == 0 && output.stream.alarms.failed == 0 && output.stream.alarms.connection_timeouts == 2 && length(output.stream.alarms.at_least) == 0 && output.stream.alarms.certificate_days == null && output.stream.config.expected == []
    error_message = "The defaults are ${jsonencode(output.stream.alarms)}."
  }
}

run "a_calendar_reaches_the_function" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given  = { alarms = { expected = [] } }
    alarms = { expected = [{ match = "*.csv", by = "07:30", time_zone = "Europe/Berlin", direction = "pull", except = ["2028-02-29"] }] }
  }

  assert {
    condition     = jsonencode(output.stream.config.expected) == jsonencode([{ by = "07:30", calendars = [], count = 1, days = ["MON", "TUE", "WED", "THU", "FRI"], direction = "pull", except = ["2028-02-29"], match = "*.csv", time_zone = "Europe/Berlin", within_hours = 24 }]) && output.stream.alarms.expected == 1
    error_message = "The function gets ${jsonencode(output.stream.config.expected)}."
  }
}

run "the_only_side_needs_no_direction" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given  = { alarms = { expected = [] }, push = { sftp = "" } }
    pull   = null
    alarms = { expected = [{ by = "07:30" }] }
  }

  assert {
    condition     = output.stream.config.expected[0].direction == "push"
    error_message = "The direction is ${output.stream.config.expected[0].direction}."
  }
}

run "a_daily_poll_is_overdue_after_its_widest_gap" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    pull = { s3 = "our-bucket/in/acme", sftp = "outbox", schedule = "cron(0 6 * * ? *)" }
  }

  assert {
    condition     = output.stream.alarms.poll_overdue_minutes == 1500
    error_message = "Overdue after ${output.stream.alarms.poll_overdue_minutes} minutes."
  }
}

run "a_weekly_poll_is_overdue_after_its_widest_gap" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    pull = { s3 = "our-bucket/in/acme", sftp = "outbox", schedule = "cron(0 6 ? * MON *)" }
  }

  assert {
    condition     = output.stream.alarms.poll_overdue_minutes == 10140
    error_message = "Overdue after ${output.stream.alarms.poll_overdue_minutes} minutes."
  }
}

run "a_monthly_poll_is_overdue_after_its_widest_gap" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    pull = { s3 = "our-bucket/in/acme", sftp = "outbox", schedule = "cron(0 6 1 * ? *)" }
  }

  assert {
    condition     = output.stream.alarms.poll_overdue_minutes == 46140
    error_message = "Overdue after ${output.stream.alarms.poll_overdue_minutes} minutes."
  }
}

run "a_hourly_poll_is_overdue_after_its_widest_gap" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    pull = { s3 = "our-bucket/in/acme", sftp = "outbox", schedule = "cron(15 * * * ? *)" }
  }

  assert {
    condition     = output.stream.alarms.poll_overdue_minutes == 120
    error_message = "Overdue after ${output.stream.alarms.poll_overdue_minutes} minutes."
  }
}

run "a_yearly_poll_is_overdue_after_its_widest_gap" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    pull = { s3 = "our-bucket/in/acme", sftp = "outbox", schedule = "cron(0 6 1 JAN ? *)" }
  }

  assert {
    condition     = output.stream.alarms.poll_overdue_minutes == 527100
    error_message = "Overdue after ${output.stream.alarms.poll_overdue_minutes} minutes."
  }
}

run "an_unknown_key" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given  = { alarms = { error = 1 }, pull = { schedule = "" }, push = { sftp = "" } }
    alarms = {}
  }
  expect_failures = [var.alarms]
}

run "an_alarm_that_there_is_none_of" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    alarms = { off = ["dead-letters"] }
  }
  expect_failures = [var.alarms]
}

run "at_least_within_a_week" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    alarms = { at_least = { pull = { files = 1, hours = 168 } } }
  }
  expect_failures = [var.alarms]
}

run "at_least_of_a_side_that_is_not_there" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given  = { push = { sftp = "" } }
    alarms = { at_least = { pull = { files = 1 } } }
    pull   = null
  }
  expect_failures = [var.alarms]
}

run "at_least_of_a_push_with_nothing_but_defaults" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given  = { alarms = { at_least = {} }, push = {} }
    push   = {}
    pull   = null
    alarms = { at_least = { push = { files = 1 } } }
  }

  assert {
    condition     = output.stream.config.counts == tolist(["push"])
    error_message = "Counted are ${jsonencode(output.stream.config.counts)}."
  }
}
