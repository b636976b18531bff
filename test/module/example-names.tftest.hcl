# examples/names-and-markers as it is: the plan takes its templates, its archive and its markers beside each other. And
# examples/malware-scan, since no emulator has GuardDuty: its plan, and what the plan's role may do.
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

run "names_markers_and_an_archive" {
  command = apply
  module { source = "./examples/names-and-markers" }
  variables {
    partner                = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] }
    private_key_secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:sftp/acme-AbCdEf"
  }

  assert {
    condition     = startswith(output.files, "s3://") && endswith(output.files, "acme/pull/") && endswith(output.upload_to, "acme/push/")
    error_message = "${output.files}, ${output.upload_to}"
  }
}

run "guardduty_scans_what_is_held" {
  command = apply
  module { source = "./examples/malware-scan" }
  variables {
    partner                = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] }
    private_key_secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:sftp/acme-AbCdEf"
  }

  assert {
    condition = {
      bucket   = aws_guardduty_malware_protection_plan.held.protected_resource[0].s3_bucket[0].bucket_name
      prefixes = aws_guardduty_malware_protection_plan.held.protected_resource[0].s3_bucket[0].object_prefixes
      role     = aws_guardduty_malware_protection_plan.held.role
      tagging  = aws_guardduty_malware_protection_plan.held.actions[0].tagging[0].status
      } == {
      bucket   = module.bridge.staging.bucket
      prefixes = toset(["staging/gate/"])
      role     = aws_iam_role.scan.arn
      tagging  = "ENABLED"
    }
    error_message = "GuardDuty's plan scans something else than what is held, or doesn't tag it: ${jsonencode(aws_guardduty_malware_protection_plan.held)}"
  }

  assert {
    condition     = jsondecode(aws_iam_role.scan.assume_role_policy).Statement == [{ Effect = "Allow", Principal = { Service = "malware-protection-plan.guardduty.amazonaws.com" }, Action = "sts:AssumeRole", Condition = { StringEquals = { "aws:SourceAccount" = "123456789012" } } }]
    error_message = "Somebody else than GuardDuty's plan takes its role: ${aws_iam_role.scan.assume_role_policy}"
  }

  assert {
    condition = {
      for statement in jsondecode(aws_iam_role_policy.scan.policy).Statement : statement.Sid => replace(statement.Resource, "arn:aws:s3:::${module.bridge.staging.bucket}", "")
      } == {
      Bucket            = ""
      LookAtManagedRule = "arn:aws:events:eu-west-1:123456789012:rule/DO-NOT-DELETE-AmazonGuardDutyMalwareProtectionS3*"
      ManagedRule       = "arn:aws:events:eu-west-1:123456789012:rule/DO-NOT-DELETE-AmazonGuardDutyMalwareProtectionS3*"
      Scan              = "/staging/gate/*"
      Tag               = "/staging/gate/*"
      ValidationObject  = "/malware-protection-resource-validation-object"
    }
    error_message = "GuardDuty's role may do more than scan and tag what is held: ${aws_iam_role_policy.scan.policy}"
  }

  assert {
    condition     = output.scan.prefix == "staging/gate/" && endswith(output.quarantine, "/quarantine/") && endswith(output.files, "acme/pull/")
    error_message = "${output.quarantine}, ${output.files}, ${jsonencode(output.scan)}"
  }
}

run "a_marker_that_is_a_data_file_as_well" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    default_bucket = "own-bucket"
    given          = {}
    stream         = "acme"
    pull           = { sftp = "outbox", schedule = "rate(5 minutes)", include = ["*.ok"], ready = { marker = "{stem}.ok" } }
  }
  expect_failures = [var.pull]
}
