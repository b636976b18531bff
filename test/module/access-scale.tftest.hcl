# What the role may do for hundreds of streams fits into policies that IAM takes, no wider than it has to be.
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
  config_json            = "{}"
  deletion_protection    = false
  journal_retention_days = 400
  log_level              = "INFO"
  log_retention_days     = 30
  maximum_concurrency    = 10
  memory_size            = 512
  metric_namespace       = "partner-files"
  package                = "./lambda/dist/bridge.zip"
  role_path              = "/"
  timeout                = 900
  name                   = "partner-files"
}

run "names_of_500_streams" {
  module { source = "./test/module/fixtures/many" }
  variables {
    count_of_streams = 500
  }
}

run "five_hundred_streams_with_a_prefix_and_a_secret_each" {
  command = plan
  module { source = "./modules/function" }
  variables {
    streams = run.names_of_500_streams.access
  }

  assert {
    condition     = alltrue([for policy in aws_iam_policy.streams : length(policy.policy) <= 6144])
    error_message = "A policy is too long for IAM: ${jsonencode({ for kind, policy in aws_iam_policy.streams : kind => length(policy.policy) })}"
  }

  # Wider than one by one, and no wider than what the places have in common.
  assert {
    condition = {
      push    = jsondecode(aws_iam_policy.streams["push"].policy).Statement[0].Resource
      pull    = jsondecode(aws_iam_policy.streams["pull"].policy).Statement[0].Resource
      secrets = jsondecode(aws_iam_policy.streams["secrets"].policy).Statement[0].Resource
      } == {
      push    = ["arn:aws:s3:::our-bucket/out/partner-*"]
      pull    = ["arn:aws:s3:::our-bucket/in/partner-*"]
      secrets = ["arn:aws:secretsmanager:eu-west-1:123456789012:secret:sftp/partner-*"]
    }
    error_message = "The policies are wider than they have to be: ${aws_iam_policy.streams["secrets"].policy}"
  }

  assert {
    condition     = toset([for text in output.widened : split(":", text)[0]]) == toset(["pull", "push", "queue", "secrets"])
    error_message = "What is widened isn't told: ${jsonencode(output.widened)}"
  }
}

run "five_hundred_secrets_that_have_nothing_in_common" {
  command = plan
  module { source = "./modules/function" }
  variables {
    streams = run.names_of_500_streams.scattered
  }
  expect_failures = [aws_iam_policy.streams["secrets"]]
}

run "names_of_40_streams" {
  module { source = "./test/module/fixtures/many" }
  variables {
    count_of_streams = 40
  }
}

run "forty_streams_are_named_one_by_one" {
  command = plan
  module { source = "./modules/function" }
  variables {
    streams = run.names_of_40_streams.access
  }

  assert {
    condition     = alltrue([for kind in ["pull", "push", "secrets"] : length(jsondecode(aws_iam_policy.streams[kind].policy).Statement[0].Resource) == 40])
    error_message = "The policies are wider than they have to be."
  }

  assert {
    condition     = length(output.widened) == 0
    error_message = "Nothing is widened here: ${jsonencode(output.widened)}"
  }
}

run "forty_buckets_share_one_statement_for_listing" {
  command = plan
  module { source = "./modules/function" }
  variables {
    streams = run.names_of_40_streams.buckets
  }

  assert {
    condition     = jsondecode(aws_iam_policy.streams["push"].policy).Statement[*].Sid == ["PushRead", "PushList0"] && length(jsondecode(aws_iam_policy.streams["push"].policy).Statement[0].Resource) == 40
    error_message = "Objects should be named one by one, and listed together: ${aws_iam_policy.streams["push"].policy}"
  }
}
