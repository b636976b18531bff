# events: who is told of files that end; and what daily reports need.
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
      sftp = { host = "sftp.acme.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/acme" } }
      push = { s3 = "our-bucket/out/acme", sftp = "inbox" }
    }
  }
}

run "nobody_is_told_unless_it_is_set" {
  assert {
    condition     = output.event_source == null
    error_message = "Without events there is no source of any."
  }

  assert {
    condition     = !contains(keys(output.alarms), "unsent-events")
    error_message = "There is an alarm on events that nobody sends."
  }
}

run "the_default_bus_and_all_endings" {
  variables {
    events = {}
  }

  assert {
    condition     = output.event_source == "partner-files.bridge" && contains(keys(output.alarms), "unsent-events")
    error_message = "The source or the alarm is missing."
  }

  assert {
    condition     = jsondecode(output.event_schema).properties.detail.properties.revision.type == "string"
    error_message = "The schema isn't given out."
  }
}

run "what_the_function_gets" {
  module { source = "./modules/function" }
  variables {
    config_json            = "{}"
    deletion_protection    = false
    events                 = { bus_arn = "arn:aws-cn:events:cn-north-1:210987654321:event-bus/files", on = ["failed"] }
    journal_retention_days = 400
    log_level              = "INFO"
    log_retention_days     = 30
    maximum_concurrency    = 10
    memory_size            = 512
    metric_namespace       = "partner-files"
    package                = "./lambda/dist/bridge.zip"
    reports                = { bucket = "audit", kms_key_arn = "arn:aws-cn:kms:cn-north-1:210987654321:key/1", prefix = "päpers/" }
    role_path              = "/"
    streams                = {}
    timeout                = 900
  }

  assert {
    condition     = jsondecode(aws_lambda_function.this.environment[0].variables.BRIDGE_EVENTS) == { bus = "arn:aws-cn:events:cn-north-1:210987654321:event-bus/files", endpoint = "https://events.cn-north-1.amazonaws.com", on = ["failed"] }
    error_message = "The function is told another bus: ${aws_lambda_function.this.environment[0].variables.BRIDGE_EVENTS}"
  }

  assert {
    condition     = [for index in aws_dynamodb_table.journal.global_secondary_index : "${index.projection_type}: ${join(", ", [for key in index.key_schema : "${key.attribute_name} ${key.key_type}"])}" if index.name == "events"] == ["KEYS_ONLY: event_due HASH"]
    error_message = "The index of due events is another."
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement if contains(["Events", "JournalEvents"], statement.Sid)] == [
      { Sid = "JournalEvents", Effect = "Allow", Action = "dynamodb:Scan", Resource = "${aws_dynamodb_table.journal.arn}/index/events" },
      { Sid = "Events", Effect = "Allow", Action = "events:PutEvents", Resource = "arn:aws-cn:events:cn-north-1:210987654321:event-bus/files", Condition = { StringEquals = { "events:source" = "partner-files.bridge" } } },
    ]
    error_message = "The role may tell somebody else, or as somebody else."
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement if startswith(statement.Sid, "Reports")] == [
      { Sid = "ReportsJournal", Effect = "Allow", Action = "dynamodb:Scan", Resource = aws_dynamodb_table.journal.arn },
      { Sid = "Reports", Effect = "Allow", Action = ["s3:AbortMultipartUpload", "s3:PutObject"], Resource = "arn:aws:s3:::audit/p*pers/*/????-??-??.csv" },
      { Sid = "ReportsKey", Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = ["arn:aws-cn:kms:cn-north-1:210987654321:key/1"], Condition = { StringLike = { "kms:ViaService" = "s3.*.amazonaws.com" } } },
    ]
    error_message = "The role may write other objects than reports: ${aws_iam_role_policy.this.policy}"
  }
}

run "the_default_bus_by_its_arn" {
  module { source = "./modules/function" }
  variables {
    config_json            = "{}"
    deletion_protection    = false
    events                 = { bus_arn = null, on = ["failed"] }
    journal_retention_days = 400
    log_level              = "INFO"
    log_retention_days     = 30
    maximum_concurrency    = 10
    memory_size            = 512
    metric_namespace       = "partner-files"
    package                = "./lambda/dist/bridge.zip"
    role_path              = "/"
    streams                = {}
    timeout                = 900
  }

  assert {
    condition     = jsondecode(aws_lambda_function.this.environment[0].variables.BRIDGE_EVENTS).bus == "arn:aws:events:eu-west-1:123456789012:event-bus/default"
    error_message = "The default bus is another."
  }

  assert {
    condition     = length([for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement if startswith(statement.Sid, "Reports")]) == 0
    error_message = "Nobody wants reports, and the role may read the whole journal."
  }
}
