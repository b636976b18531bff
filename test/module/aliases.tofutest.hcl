# As aliases.tftest.hcl, for OpenTofu, where all mocked aliases have one ARN: it tells them from the function, not from one another.
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
}

variables {
  config_json            = "{\"version\":1}"
  deletion_protection    = false
  journal_retention_days = 400
  log_level              = "INFO"
  log_retention_days     = 30
  maximum_concurrency    = 10
  memory_size            = 512
  metric_namespace       = "partner-files"
  name                   = "partner-files"
  package                = "./lambda/dist/bridge.zip"
  role_path              = "/"
  streams                = {}
  timeout                = 900
}

run "each_comes_in_by_an_alias" {
  module { source = "./modules/function" }

  assert {
    condition = {
      bridge   = output.bridge.schedule_arn
      queue    = aws_lambda_event_source_mapping.this.function_name
      schedule = output.schedule_arn
      tick     = aws_cloudwatch_event_target.tick.arn
      } == {
      bridge   = "arn:aws:lambda:eu-west-1:123456789012:function:mocked:alias"
      queue    = "arn:aws:lambda:eu-west-1:123456789012:function:mocked:alias"
      schedule = "arn:aws:lambda:eu-west-1:123456789012:function:mocked:alias"
      tick     = "arn:aws:lambda:eu-west-1:123456789012:function:mocked:alias"
    }
    error_message = "Something comes in by another way than its alias."
  }
}
