# The root module: what is made and what is left alone, and what is given out.
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

  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:eu-west-1:123456789012:rule/mocked" }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/mocked" }
  }

  mock_resource "aws_dynamodb_table" {
    defaults = { arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/mocked" }
  }

  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::123456789012:policy/mocked" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mocked" }
  }

  mock_resource "aws_lambda_alias" {
    defaults = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:mocked:alias" }
  }

  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:mocked" }
  }

  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::mocked" }
  }

  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-west-1:123456789012:mocked", url = "https://sqs.eu-west-1.amazonaws.com/123456789012/mocked" }
  }

  mock_resource "aws_cloudwatch_metric_alarm" {
    defaults = { arn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:mocked" }
  }

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-west-1:123456789012:mocked" }
  }
}

variables {
  name = "partner-files"
  streams = {
    acme = {
      sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], private_key = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:acme-AbCdEf" } }
      push = { s3 = "our-bucket/out/acme", sftp = "inbox" }
      pull = { s3 = "our-bucket/in/acme", sftp = "outbox", schedule = "rate(5 minutes)" }
    }
    globex = {
      sftp = { host = "sftp.globex.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/globex" } }
      pull = { s3 = "other-bucket", schedule = "cron(0 6 * * ? *)" }
    }
  }
}

run "existing_buckets_are_left_alone" {
  assert {
    condition     = output.bucket == null && length(aws_s3_bucket_notification.existing) == 0
    error_message = "A bucket was made that nothing needs, or an existing one was changed."
  }

  assert {
    condition     = output.function_name == "partner-files" && output.table_name == "partner-files-journal" && output.log_group_name == "/aws/lambda/partner-files" && output.role_name == "partner-files-eu-west-1" && output.metric_namespace == "partner-files"
    error_message = "Something is not called after the bridge."
  }

  assert {
    condition     = output.function_arn != null && output.role_arn != null && startswith(output.queue_url, "https://") && startswith(output.dead_letter_queue_url, "https://") && startswith(output.undelivered_queue_url, "https://")
    error_message = "An output is missing."
  }

  assert {
    condition     = can(regex("^config/[0-9a-f]{64}\\.json$", output.config.key)) && output.config.bucket != null
    error_message = "The configuration is not named by its content."
  }

  assert {
    condition = jsonencode(output.streams) == jsonencode({
      acme = {
        pull  = { bucket = "our-bucket", directory = "outbox", prefix = "in/acme/", schedule = "rate(5 minutes)" }
        push  = { bucket = "our-bucket", directory = "inbox", prefix = "out/acme/" }
        rules = { poll = "partner-files-poll-acme", push = "partner-files-push-acme" }
      }
      globex = {
        pull  = { bucket = "other-bucket", directory = "", prefix = "", schedule = "cron(0 6 * * ? *)" }
        push  = null
        rules = { poll = "partner-files-poll-globex", push = null }
      }
    })
    error_message = "What the streams join is not given out: ${jsonencode(output.streams)}"
  }
}

run "a_stream_without_s3_gets_a_bucket" {
  command = plan
  variables {
    streams = {
      acme = {
        sftp = { host = "sftp.acme.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/acme" } }
        push = { s3 = null, sftp = "inbox" }
        pull = { s3 = "our-bucket/in/acme", sftp = "outbox", schedule = "rate(5 minutes)" }
      }
    }
  }

  assert {
    condition     = output.streams.acme.push.bucket == "partner-files-123456789012-eu-west-1" && output.streams.acme.push.prefix == "acme/push/" && length(module.bucket) == 1
    error_message = "There is no bucket of the module, or it is called otherwise."
  }
}

run "a_bucket_by_name_that_streams_may_name" {
  command = plan
  variables {
    bucket_name = "our-bucket"
  }

  assert {
    condition     = length(module.bucket) == 1 && output.streams.acme.push.bucket == "our-bucket"
    error_message = "The bucket is not made."
  }
}

run "no_bucket_where_one_is_needed" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    default_s3 = null
    label      = "Stream acme, push"
    location   = { s3 = null, sftp = "", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_bucket_because_it_is_said_so" {
  command = plan
  variables {
    create_bucket = true
  }

  assert {
    condition     = length(module.bucket) == 1
    error_message = "create_bucket = true makes none."
  }
}

run "eventbridge_is_turned_on_where_it_is_asked_for" {
  variables {
    enable_eventbridge_on_buckets = ["our-bucket"]
  }

  assert {
    condition     = keys(aws_s3_bucket_notification.existing) == ["our-bucket"] && aws_s3_bucket_notification.existing["our-bucket"].eventbridge
    error_message = "The bucket's events do not go to EventBridge."
  }
}

run "eventbridge_on_a_bucket_that_no_push_takes_from" {
  command = plan
  variables {
    enable_eventbridge_on_buckets = ["other-bucket"]
  }
  expect_failures = [aws_s3_bucket_notification.existing["other-bucket"]]
}

run "a_calendar_that_is_over_is_told_of" {
  command = plan
  variables {
    calendars = { years = ["12-25"], ahead = ["9999-12-24"], over = ["2020-12-24", "2020-12-25"] }
  }
  expect_failures = [check.calendars]
}

run "eventbridge_on_the_bucket_of_the_module" {
  command = plan
  variables {
    bucket_name                   = "our-bucket"
    enable_eventbridge_on_buckets = ["our-bucket"]
  }
  expect_failures = [aws_s3_bucket_notification.existing["our-bucket"]]
}

run "a_namespace_of_our_own" {
  command = plan
  variables {
    metric_namespace = "Files"
  }

  assert {
    condition     = output.metric_namespace == "Files"
    error_message = "The namespace is not what was given."
  }
}

run "a_bridge_without_streams" {
  command = plan
  variables {
    streams = {}
  }

  assert {
    condition     = length(output.streams) == 0 && output.bucket == null
    error_message = "Nothing was asked for."
  }

  assert {
    condition     = contains(keys(output.alarms), "tick") && output.dashboard_name == "partner-files"
    error_message = "By default there are alarms and a dashboard. Alarms: ${jsonencode(output.alarms)}"
  }
}

run "names_that_are_unknown_until_apply" {
  command = plan
  module { source = "./test/module/fixtures/unknown" }

  assert {
    condition     = output.streams.acme.rules.push == "partner-files-push-acme"
    error_message = "What doesn't hang on the names is known at plan time."
  }
}

run "names_that_are_known_after_apply" {
  module { source = "./test/module/fixtures/unknown" }

  assert {
    condition     = output.streams.acme.push.bucket == "made-later" && output.streams.acme.pull.prefix == "acme/"
    error_message = "The names did not arrive."
  }
}

# Quotas of a region that the streams come near to are a warning of the plan.

run "more_rules_than_cape_town_has" {
  command = plan

  override_data {
    target = data.aws_region.current
    values = { region = "af-south-1" }
  }

  variables {
    streams = {
      for i in range(50) : "s${i}" => {
        sftp = { host = "s${i}.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp" } }
        push = { s3 = "our-bucket/out${i}", sftp = "in" }
        pull = { s3 = "our-bucket/in${i}", sftp = "out", schedule = "rate(1 hour)" }
      }
    }
  }

  expect_failures = [check.rules]
}

# Pushes from so many buckets have no names in common: the queue's policy lets in more rules than there are, and says so.

run "more_push_rules_than_the_queues_policy_names" {
  # Applied, because what the policies name is known then.
  variables {
    monitoring = { alarms = false, dashboard = false, queries = false }
    streams = {
      for i in range(100) : "a-partner-whose-name-is-long-${i}" => {
        sftp = { host = "s${i}.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp" } }
        push = { s3 = "our-bucket/out${i}", sftp = "in" }
      }
    }
  }

  assert {
    condition     = anytrue([for text in output.widened : startswith(text, "queue: 100 push rules")])
    error_message = "Got ${jsonencode(output.widened)}."
  }

  expect_failures = [check.exact_policies]
}

# What variables.tftest.hcl shows each of to be taken, made all at once.
run "settings_at_their_upper_ends" {
  command = plan
  variables {
    log_retention_days   = 0
    metric_namespace     = "Files/Partners"
    monitoring           = { runbook_url = "https://wiki.example/bridge-runbook" }
    name                 = "nnnnnnnnnnnnnnnnnnnnnnnnnnnn"
    permissions_boundary = "arn:aws:iam::123456789012:policy/boundary"
    role_path            = "/bridges/files/"
    timeout              = 900
  }
}

run "settings_at_their_lower_ends" {
  command = plan
  variables {
    journal_retention_days = 2
    name                   = "push-pollen-tickets"
    timeout                = 30
    streams = {
      acme = {
        sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }
        push = { s3 = "our-bucket/out", reconcile_hours = 48 }
      }
      globex = {
        sftp = { host = "g.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }
        pull = { s3 = "our-bucket/in", schedule = "rate(1 hour)" }
        push = null
      }
    }
  }
}
