# The root variable `monitoring`: what it refuses.
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
  name    = "partner-files"
  streams = {}
}

run "defaults_make_a_topic" {
  command = plan

  assert {
    condition     = contains(keys(output.alarms), "tick") && output.dashboard_name == "partner-files"
    error_message = "Alarms: ${jsonencode(output.alarms)}"
  }
}

run "an_unknown_setting" {
  command = plan
  variables {
    monitoring = { thresholds = {} }
  }
  expect_failures = [var.monitoring]
}

run "an_alarm_of_a_stream_turned_off_for_all" {
  command = plan
  variables {
    monitoring = { off = ["oldest-waiting"] }
  }
  expect_failures = [var.monitoring]
}

run "a_text_for_true_or_false" {
  command = plan
  variables {
    monitoring = { alarms = "perhaps" }
  }
  expect_failures = [var.monitoring]
}

run "a_name_instead_of_a_topic" {
  command = plan
  variables {
    monitoring = { topic_arns = ["ops"] }
  }
  expect_failures = [var.monitoring]
}

run "a_fifo_topic" {
  command = plan
  variables {
    monitoring = { topic_arns = ["arn:aws:sns:eu-west-1:123456789012:ops.fifo"] }
  }
  expect_failures = [var.monitoring]
}

run "no_mail_address" {
  command = plan
  variables {
    monitoring = { email_addresses = ["ops"] }
  }
  expect_failures = [var.monitoring]
}

run "mail_without_a_topic_of_ours" {
  command = plan
  variables {
    monitoring = { email_addresses = ["ops@example.com"], topic_arns = ["arn:aws:sns:eu-west-1:123456789012:ops"] }
  }
  expect_failures = [var.monitoring]
}

run "the_default_key_of_sns" {
  command = plan
  variables {
    monitoring = { kms_key_arn = "alias/aws/sns" }
  }
  expect_failures = [var.monitoring]
}


run "a_path_as_the_runbook" {
  command = plan
  variables {
    monitoring = { runbook_url = "docs/runbook.md" }
  }
  expect_failures = [var.monitoring]
}

run "a_runbook_with_a_fragment" {
  command = plan
  variables {
    monitoring = { runbook_url = "https://wiki.example/runbook#bridge" }
  }
  expect_failures = [var.monitoring]
}

run "a_runbook_of_ones_own" {
  command = plan
  variables {
    monitoring = { runbook_url = "https://wiki.example/bridge-runbook" }
  }
}
