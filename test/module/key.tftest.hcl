# modules/key: the key's policy as AWS reads it, and a key of the user's.
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

  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:123456789012:key/made", key_id = "made" }
  }
}

variables {
  create = true
  name   = "partner-files"
}

run "the_key_and_its_policy" {
  module { source = "./modules/key" }

  assert {
    condition = jsondecode(aws_kms_key.this[0].policy) == {
      Version = "2012-10-17"
      Statement = [
        { Sid = "Account", Effect = "Allow", Principal = { AWS = "arn:aws:iam::123456789012:root" }, Action = "kms:*", Resource = "*" },
        {
          Sid       = "Events"
          Effect    = "Allow"
          Principal = { Service = "events.amazonaws.com" }
          Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
          Resource  = "*"
          Condition = { StringEquals = { "kms:EncryptionContext:aws:sqs:arn" = ["arn:aws:sqs:eu-west-1:123456789012:partner-files-events", "arn:aws:sqs:eu-west-1:123456789012:partner-files-undelivered"] } }
        },
        {
          Sid       = "Alarms"
          Effect    = "Allow"
          Principal = { Service = "cloudwatch.amazonaws.com" }
          Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
          Resource  = "*"
          Condition = { StringEquals = { "kms:EncryptionContext:aws:sns:topicArn" = "arn:aws:sns:eu-west-1:123456789012:partner-files-alarms" } }
        },
        {
          Sid       = "Log"
          Effect    = "Allow"
          Principal = { Service = "logs.eu-west-1.amazonaws.com" }
          Action    = ["kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
          Resource  = "*"
          Condition = { ArnEquals = { "kms:EncryptionContext:aws:logs:arn" = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/partner-files" } }
        },
      ]
    }
    error_message = "The key's policy has changed: ${aws_kms_key.this[0].policy}"
  }

  assert {
    condition     = aws_kms_key.this[0].enable_key_rotation && aws_kms_key.this[0].deletion_window_in_days == 30 && aws_kms_alias.this[0].name == "alias/partner-files" && output.arn == "arn:aws:kms:eu-west-1:123456789012:key/made"
    error_message = "The key does not rotate, goes too soon, or is not called after the bridge."
  }
}

run "a_key_of_the_user" {
  variables {
    arn    = "arn:aws:kms:eu-west-1:123456789012:key/ours"
    create = false
  }
  module { source = "./modules/key" }

  assert {
    condition     = length(aws_kms_key.this) == 0 && length(aws_kms_alias.this) == 0 && output.arn == "arn:aws:kms:eu-west-1:123456789012:key/ours" && join(" ", output.statements[*].Sid) == "Events Alarms Log"
    error_message = "A key was made beside the user's, or what its policy needs is not given out."
  }
}
