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
    condition     = output.alarms.poll_overdue_minutes == 30 && output.alarms.errors == 0 && output.alarms.failed == 0 && output.alarms.connection_timeouts == 2 && length(output.alarms.at_least) == 0 && output.config.expected == []
    error_message = "The defaults are ${jsonencode(output.alarms)}."
  }
}

run "a_calendar_reaches_the_function" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    alarms = { expected = [{ match = "*.csv", by = "07:30", time_zone = "Europe/Berlin", direction = "pull", except = ["2028-02-29"] }] }
  }

  assert {
    condition     = jsonencode(output.config.expected) == jsonencode([{ by = "07:30", count = 1, days = ["MON", "TUE", "WED", "THU", "FRI"], direction = "pull", except = ["2028-02-29"], match = "*.csv", time_zone = "Europe/Berlin", within_hours = 24 }]) && output.alarms.expected == 1
    error_message = "The function gets ${jsonencode(output.config.expected)}."
  }
}

run "the_only_side_needs_no_direction" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given  = { alarms = {}, push = { sftp = "" } }
    pull   = null
    alarms = { expected = [{ by = "07:30" }] }
  }

  assert {
    condition     = output.config.expected[0].direction == "push"
    error_message = "The direction is ${output.config.expected[0].direction}."
  }
}

run "a_daily_poll_is_overdue_after_its_widest_gap" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    pull = { s3 = "our-bucket/in/acme", sftp = "outbox", schedule = "cron(0 6 * * ? *)" }
  }

  assert {
    condition     = output.alarms.poll_overdue_minutes == 1500
    error_message = "Overdue after ${output.alarms.poll_overdue_minutes} minutes."
  }
}

run "a_weekly_poll_is_overdue_after_its_widest_gap" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    pull = { s3 = "our-bucket/in/acme", sftp = "outbox", schedule = "cron(0 6 ? * MON *)" }
  }

  assert {
    condition     = output.alarms.poll_overdue_minutes == 10140
    error_message = "Overdue after ${output.alarms.poll_overdue_minutes} minutes."
  }
}

run "a_monthly_poll_is_overdue_after_its_widest_gap" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    pull = { s3 = "our-bucket/in/acme", sftp = "outbox", schedule = "cron(0 6 1 * ? *)" }
  }

  assert {
    condition     = output.alarms.poll_overdue_minutes == 46140
    error_message = "Overdue after ${output.alarms.poll_overdue_minutes} minutes."
  }
}

run "a_hourly_poll_is_overdue_after_its_widest_gap" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    pull = { s3 = "our-bucket/in/acme", sftp = "outbox", schedule = "cron(15 * * * ? *)" }
  }

  assert {
    condition     = output.alarms.poll_overdue_minutes == 120
    error_message = "Overdue after ${output.alarms.poll_overdue_minutes} minutes."
  }
}

run "a_yearly_poll_is_overdue_after_its_widest_gap" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    pull = { s3 = "our-bucket/in/acme", sftp = "outbox", schedule = "cron(0 6 1 JAN ? *)" }
  }

  assert {
    condition     = output.alarms.poll_overdue_minutes == 527100
    error_message = "Overdue after ${output.alarms.poll_overdue_minutes} minutes."
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

run "a_negative_number_of_errors" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    alarms = { errors = -1 }
  }
  expect_failures = [var.alarms]
}

run "half_an_error" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    alarms = { errors = 0.5 }
  }
  expect_failures = [var.alarms]
}

run "a_negative_number_of_failed_files" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    alarms = { failed = -1 }
  }
  expect_failures = [var.alarms]
}

run "half_a_timeout" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    alarms = { connection_timeouts = 1.5 }
  }
  expect_failures = [var.alarms]
}

run "more_minutes_than_an_hour_has" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    alarms = { connection_timeouts = 60 }
  }
  expect_failures = [var.alarms]
}

run "an_age_that_no_retry_could_keep" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    alarms = { oldest_undelivered_minutes = 1 }
  }
  expect_failures = [var.alarms]
}

run "an_age_of_years" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    alarms = { oldest_waiting_minutes = 1000000 }
  }
  expect_failures = [var.alarms]
}

run "a_poll_that_is_overdue_at_once" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    alarms = { poll_overdue_minutes = 0 }
  }
  expect_failures = [var.alarms]
}

run "at_least_no_file" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    alarms = { at_least = { push = { files = 0 } } }
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

run "a_time_after_midnight" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    alarms = { expected = [{ by = "24:00", direction = "pull" }] }
  }
  expect_failures = [var.alarms]
}

run "a_time_without_a_zero" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    alarms = { expected = [{ by = "7:30", direction = "pull" }] }
  }
  expect_failures = [var.alarms]
}

run "an_unknown_time_zone" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    alarms = { expected = [{ by = "07:30", time_zone = "Europe/Berlim", direction = "pull" }] }
  }
  expect_failures = [var.alarms]
}

run "an_unknown_day" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    alarms = { expected = [{ by = "07:30", days = ["Monday"], direction = "pull" }] }
  }
  expect_failures = [var.alarms]
}

run "no_day" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    alarms = { expected = [{ by = "07:30", days = [], direction = "pull" }] }
  }
  expect_failures = [var.alarms]
}

run "a_date_that_does_not_exist" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    alarms = { expected = [{ by = "07:30", except = ["2026-02-29"], direction = "pull" }] }
  }
  expect_failures = [var.alarms]
}

run "a_date_of_another_form" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    alarms = { expected = [{ by = "07:30", except = ["25.12.2026"], direction = "pull" }] }
  }
  expect_failures = [var.alarms]
}

run "no_files_expected" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    alarms = { expected = [{ by = "07:30", count = 0, direction = "pull" }] }
  }
  expect_failures = [var.alarms]
}

run "a_window_of_no_hours" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    alarms = { expected = [{ by = "07:30", within_hours = 0, direction = "pull" }] }
  }
  expect_failures = [var.alarms]
}

run "an_empty_pattern" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    alarms = { expected = [{ by = "07:30", match = "", direction = "pull" }] }
  }
  expect_failures = [var.alarms]
}

run "two_sides_and_no_direction" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    alarms = { expected = [{ by = "07:30" }] }
  }
  expect_failures = [var.alarms]
}

run "an_unknown_direction" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    alarms = { expected = [{ by = "07:30", direction = "sideways" }] }
  }
  expect_failures = [var.alarms]
}

