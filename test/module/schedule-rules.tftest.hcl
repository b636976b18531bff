# Schedule rules of the user's own: which may invoke the function.
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
    Acme_Reports = {
      sftp = { host = "sftp.acme.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/acme" } }
      pull = { s3 = "our-bucket/in/acme", sftp = "outbox", schedule = "rate(1 day)" }
    }
    globex = {
      sftp = { host = "sftp.globex.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/globex" } }
      pull = { s3 = "our-bucket/in/globex", sftp = "outbox", schedule = "rate(1 day)" }
    }
    initech = {
      sftp = { host = "sftp.initech.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/initech" } }
      push = { s3 = "our-bucket/out/initech", sftp = "inbox" }
    }
  }
}

run "each_rule_has_a_permission_of_its_own" {
  command = plan
  module { source = "./modules/function" }
  variables {
    config_json            = "{}"
    deletion_protection    = false
    journal_retention_days = 400
    log_level              = "INFO"
    log_retention_days     = 30
    maximum_concurrency    = 10
    memory_size            = 512
    metric_namespace       = "partner-files"
    package                = "lambda/dist/bridge.zip"
    permissions_boundary   = null
    role_path              = "/"
    schedule_rules         = ["Acme_Reports.globex", "globex"]
    streams                = {}
    timeout                = 900
    vpc                    = null
  }

  assert {
    condition = toset([for permission in aws_lambda_permission.schedule_rules : permission.source_arn]) == toset([
      "arn:aws:events:eu-west-1:123456789012:rule/Acme_Reports.globex",
      "arn:aws:events:eu-west-1:123456789012:rule/globex",
    ])
    error_message = "The permissions are for these rules and no others: ${jsonencode([for permission in aws_lambda_permission.schedule_rules : permission.source_arn])}"
  }

  assert {
    condition = alltrue([
      for permission in aws_lambda_permission.schedule_rules : permission.principal == "events.amazonaws.com" && permission.qualifier == "schedule" && permission.action == "lambda:InvokeFunction" && can(regex("^[A-Za-z0-9_-]{1,100}$", permission.statement_id))
    ])
    error_message = "Only EventBridge may invoke, under a statement ID that Lambda takes."
  }
}

run "several_streams_in_a_rule_several_rules_for_a_stream_and_the_one_for_retries" {
  command = plan
  variables {
    schedule_rules = ["Acme_Reports.globex", "Acme_Reports", "globex.Acme_Reports", "poll"]
  }
}

run "as_many_as_the_policy_has_room_for" {
  command = plan
  variables {
    schedule_rules = [for i in range(40) : "s${i}"]
    streams = {
      for i in range(41) : "s${i}" => {
        sftp = { host = "sftp${i}.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/${i}" } }
        pull = { s3 = "our-bucket/in/${i}", sftp = "outbox", schedule = "rate(1 day)" }
      }
    }
  }
}
