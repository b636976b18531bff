# Schedules in a time zone, and lists of them; and rates, which are spread.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { dns_suffix = "amazonaws.com", partition = "aws" }
  }

  mock_data "aws_region" {
    defaults = { region = "eu-west-1" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mocked" }
  }
}

variables {
  bridge         = { schedule_arn = "arn:aws:lambda:eu-west-1:123456789012:function:b:schedule", undelivered_queue_arn = "arn:aws:sqs:eu-west-1:123456789012:b-undelivered" }
  default_bucket = "own-bucket"
  name           = "b"
}

run "a_schedule_in_a_time_zone" {
  module { source = "./modules/schedules" }
  variables {
    streams = {
      acme = [
        { expression = "cron(0 6 * * ? *)", interval_seconds = null, time_zone = "Europe/Berlin" },
        { expression = "rate(1 minute)", interval_seconds = 60, time_zone = "Europe/Berlin" },
      ]
    }
  }

  assert {
    condition     = aws_scheduler_schedule.this["acme.1"].schedule_expression_timezone == "Europe/Berlin" && aws_scheduler_schedule.this["acme.1"].schedule_expression == "cron(0 6 * * ? *)" && aws_scheduler_schedule.this["acme.1"].flexible_time_window[0].mode == "OFF" && aws_scheduler_schedule.this["acme.1"].target[0].input == jsonencode({ action = "poll", streams = ["acme"] }) && aws_scheduler_schedule.this["acme.1"].target[0].dead_letter_config[0].arn == var.bridge.undelivered_queue_arn
    error_message = "The schedule is not what the stream says."
  }

  assert {
    condition     = aws_scheduler_schedule.this["acme.2"].name == "acme.2" && aws_scheduler_schedule.this["acme.2"].target[0].retry_policy[0].maximum_event_age_in_seconds == 60
    error_message = "The second of a list has a name of its own, and is worth no longer than its interval."
  }

  assert {
    condition     = strcontains(aws_iam_role.this.assume_role_policy, "arn:aws:scheduler:eu-west-1:123456789012:schedule-group/b") && !strcontains(aws_iam_role_policy.this.policy, "*")
    error_message = "The role is for this bridge's schedules and for what they do: ${aws_iam_role_policy.this.policy}."
  }
}

run "streams_that_need_one" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      for name, pull in {
        list = { schedule = ["cron(0 6 * * ? *)", "cron(0 18 ? * MON-FRI *)"] }
        one  = { schedule = ["cron(0 6 * * ? *)"] }
        rate = { schedule = "rate(5 minutes)", time_zone = "Europe/Berlin" }
        rule = { schedule = "cron(0 6 * * ? *)" }
        utc  = { schedule = "cron(0 6 * * ? *)", time_zone = "UTC" }
        zone = { schedule = "cron(0 6 * * ? *)", time_zone = "Australia/Adelaide" }
        } : name => {
        sftp = { host = "${name}.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }
        pull = pull
      }
    }
  }

  assert {
    condition     = [for name, stream in output.streams : name if stream.scheduler] == ["list", "zone"]
    error_message = "A rule knows no time zone and has one expression: ${jsonencode({ for name, stream in output.streams : name => stream.scheduler })}."
  }

  assert {
    condition     = output.streams["list"].schedules[*].expression == ["cron(0 6 * * ? *)", "cron(0 18 ? * MON-FRI *)"] && output.streams["list"].schedule == "cron(0 6 * * ? *), cron(0 18 ? * MON-FRI *)" && output.streams["list"].alarms.poll_overdue_minutes == 25 * 60 && output.streams["zone"].schedules[0].time_zone == "Australia/Adelaide"
    error_message = "The list reaches the schedules, and its shortest gap the alarm: ${jsonencode(output.streams["list"])}."
  }
}

run "rates_have_a_minute_of_their_own" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      for name, schedule in { a = "rate(5 minutes)", b = "rate(5 minutes)", c = "rate(1 minute)", d = "rate(7 minutes)", e = "rate(1 hour)", f = "rate(6 hours)", g = "rate(1 day)", h = "rate(90 minutes)" } : name => {
        sftp                    = { host = "${name}.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }
        pull                    = { schedule = schedule }
      }
    }
  }

  assert {
    condition = alltrue([
      for name, pattern in { a = "^cron\\([0-4]/5 \\* \\* \\* \\? \\*\\)$", b = "^cron\\([0-4]/5 \\* \\* \\* \\? \\*\\)$", c = "^rate\\(1 minute\\)$", d = "^rate\\(7 minutes\\)$", e = "^cron\\([0-9]+ \\* \\* \\* \\? \\*\\)$", f = "^cron\\([0-9]+ [0-5]/6 \\* \\* \\? \\*\\)$", g = "^rate\\(1 day\\)$", h = "^rate\\(90 minutes\\)$" } :
      can(regex(pattern, output.streams[name].schedules[0].expression))
    ])
    error_message = "Where a rate goes into an hour or a day as a whole, it is spread: ${jsonencode({ for name, stream in output.streams : name => stream.schedules[0].expression })}."
  }

  assert {
    condition     = output.streams["a"].schedule == "rate(5 minutes)" && output.streams["a"].interval_seconds == 300 && output.streams["a"].schedules[0].expression != output.streams["b"].schedules[0].expression
    error_message = "Two streams have two minutes: ${output.streams["a"].schedules[0].expression}, ${output.streams["b"].schedules[0].expression}."
  }
}

run "the_second_of_a_list_is_checked_as_well" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    name  = "acme"
    given = { pull = { schedule = ["rate(5 minutes)", "rate(5 minutes)"] } }
    pull  = { schedule = ["rate(5 minutes)", "rate(5 minutes)"] }
    sftp  = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }
  }
  expect_failures = [output.stream]
}
