# modules/function: what the role may do for the streams, as AWS reads it. The emulator is kinder than AWS in places, so the
# rendered policies are compared here word by word.
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
  config_json            = "{}"
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
  timeout                = 900
  streams = {
    acme = {
      access = {
        pull_kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/pull"
        push_kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/push"
        secrets = [
          { kms_key_arn = null, s3 = null, secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:sftp/acme-AbCdEf", ssm_parameter = null },
          { kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/parameter", s3 = null, secret_arn = null, ssm_parameter = "/sftp/acme/passphrase" },
        ]
      }
      config = {
        pull = { bucket = "in-bucket", prefix = "acme/" }
        push = { bucket = "out-bucket", prefix = "acme/" }
      }
    }
    globex = {
      access = {
        pull_kms_key_arn = null
        push_kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/push"
        secrets = [
          { kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/client-side", s3 = "our-keys/sftp/globex", secret_arn = null, ssm_parameter = null },
          { kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/secret", s3 = null, secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:globex", ssm_parameter = null },
          { kms_key_arn = null, s3 = null, secret_arn = null, ssm_parameter = "arn:aws:ssm:eu-central-1:210987654321:parameter/theirs" },
          { kms_key_arn = null, s3 = null, secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:the-secret", ssm_parameter = null },
        ]
      }
      config = { pull = null, push = { bucket = "other-bucket", prefix = "" } }
    }
    initech = {
      access = {
        pull_kms_key_arn = null
        push_kms_key_arn = null
        # The same secret and the same source as others': named once.
        secrets = [{ kms_key_arn = null, s3 = null, secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:sftp/acme-AbCdEf", ssm_parameter = null }]
      }
      config = { pull = null, push = { bucket = "out-bucket", prefix = "acme/" } }
    }
  }
}

run "the_pushes" {
  module { source = "./modules/function" }

  assert {
    condition = jsondecode(aws_iam_policy.streams["push"].policy) == {
      Version = "2012-10-17"
      Statement = [
        { Sid = "PushRead", Effect = "Allow", Action = ["s3:GetObject", "s3:GetObjectVersion"], Resource = ["arn:aws:s3:::other-bucket/*", "arn:aws:s3:::out-bucket/acme/*"] },
        {
          Sid       = "PushDecrypt"
          Effect    = "Allow"
          Action    = "kms:Decrypt"
          Resource  = ["arn:aws:kms:eu-west-1:123456789012:key/push"]
          Condition = { StringLike = { "kms:ViaService" = "s3.*.amazonaws.com" } }
        },
        { Sid = "PushList0", Effect = "Allow", Action = ["s3:ListBucket", "s3:ListBucketVersions"], Resource = ["arn:aws:s3:::other-bucket"], Condition = { StringLike = { "s3:prefix" = ["*"] } } },
        { Sid = "PushList1", Effect = "Allow", Action = ["s3:ListBucket", "s3:ListBucketVersions"], Resource = ["arn:aws:s3:::out-bucket"], Condition = { StringLike = { "s3:prefix" = ["acme/*"] } } },
      ]
    }
    error_message = "What pushes may do has changed: ${aws_iam_policy.streams["push"].policy}"
  }
}

run "the_pulls" {
  module { source = "./modules/function" }

  assert {
    condition = jsondecode(aws_iam_policy.streams["pull"].policy) == {
      Version = "2012-10-17"
      Statement = [
        { Sid = "PullWrite", Effect = "Allow", Action = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"], Resource = ["arn:aws:s3:::in-bucket/acme/*"] },
        { Sid = "PullUploads", Effect = "Allow", Action = "s3:ListBucketMultipartUploads", Resource = ["arn:aws:s3:::in-bucket"] },
        {
          Sid       = "PullEncrypt"
          Effect    = "Allow"
          Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
          Resource  = ["arn:aws:kms:eu-west-1:123456789012:key/pull"]
          Condition = { StringLike = { "kms:ViaService" = "s3.*.amazonaws.com" } }
        },
        { Sid = "PullList0", Effect = "Allow", Action = ["s3:ListBucket"], Resource = ["arn:aws:s3:::in-bucket"], Condition = { StringLike = { "s3:prefix" = ["acme/*"] } } },
      ]
    }
    error_message = "What pulls may do has changed: ${aws_iam_policy.streams["pull"].policy}"
  }
}

run "the_secrets" {
  module { source = "./modules/function" }

  assert {
    condition = jsondecode(aws_iam_policy.streams["secrets"].policy) == {
      Version = "2012-10-17"
      Statement = [
        { Sid = "Secrets", Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = ["arn:aws:secretsmanager:eu-west-1:123456789012:secret:globex-??????", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:sftp/acme-AbCdEf", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:the-secret", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:the-secret-??????"] },
        { Sid = "Parameters", Effect = "Allow", Action = "ssm:GetParameter", Resource = ["arn:aws:ssm:eu-central-1:210987654321:parameter/theirs", "arn:aws:ssm:eu-west-1:123456789012:parameter/sftp/acme/passphrase"] },
        { Sid = "PrivateKeys", Effect = "Allow", Action = "s3:GetObject", Resource = ["arn:aws:s3:::our-keys/sftp/globex"] },
        { Sid = "PrivateKeysDecrypt", Effect = "Allow", Action = "kms:Decrypt", Resource = ["arn:aws:kms:eu-west-1:123456789012:key/client-side"] },
        {
          Sid       = "SecretsmanagerDecrypt"
          Effect    = "Allow"
          Action    = "kms:Decrypt"
          Resource  = ["arn:aws:kms:eu-west-1:123456789012:key/secret"]
          Condition = { StringLike = { "kms:ViaService" = "secretsmanager.*.amazonaws.com" } }
        },
        {
          Sid       = "SsmDecrypt"
          Effect    = "Allow"
          Action    = "kms:Decrypt"
          Resource  = ["arn:aws:kms:eu-west-1:123456789012:key/parameter"]
          Condition = { StringLike = { "kms:ViaService" = "ssm.*.amazonaws.com" } }
        },
      ]
    }
    error_message = "Which secrets may be read has changed: ${aws_iam_policy.streams["secrets"].policy}"
  }

  assert {
    condition     = [for policy in values(aws_iam_policy.streams) : "${policy.path}${policy.name}"] == ["/partner-files-eu-west-1-pull", "/partner-files-eu-west-1-push", "/partner-files-eu-west-1-secrets"]
    error_message = "The policies are not called after the role, and would collide with another region's."
  }

  assert {
    condition     = keys(aws_iam_role_policy_attachment.streams) == ["pull", "push", "secrets"]
    error_message = "A policy is not attached."
  }
}

run "path_and_tags_reach_the_policies" {
  module { source = "./modules/function" }
  variables {
    role_path = "/bridges/"
    tags      = { team = "files" }
  }

  assert {
    condition     = alltrue([for policy in aws_iam_policy.streams : policy.path == "/bridges/" && policy.tags == tomap({ team = "files" })])
    error_message = "A policy lies elsewhere than the role, or has no tags."
  }
}

run "without_pulls_there_is_no_policy_for_them" {
  module { source = "./modules/function" }
  variables {
    streams = {
      acme = {
        access = {
          pull_kms_key_arn = null
          push_kms_key_arn = null
          secrets          = [{ kms_key_arn = null, s3 = null, secret_arn = null, ssm_parameter = "/sftp/acme" }]
        }
        config = { pull = null, push = { bucket = "out-bucket", prefix = "acme/" } }
      }
    }
  }

  assert {
    condition     = keys(aws_iam_policy.streams) == ["push", "secrets"]
    error_message = "There is a policy that nothing needs, or one is missing."
  }

  assert {
    condition     = jsondecode(aws_iam_policy.streams["push"].policy).Statement[*].Sid == ["PushRead", "PushList0"] && jsondecode(aws_iam_policy.streams["secrets"].policy).Statement[*].Sid == ["Parameters"]
    error_message = "A statement names nothing, or one is missing."
  }
}

run "names_beyond_ascii_become_wildcards" {
  command = plan
  module { source = "./modules/function" }
  variables {
    streams = {
      acme = {
        access = {
          pull_kms_key_arn = null
          push_kms_key_arn = null
          secrets          = [{ kms_key_arn = null, s3 = "our-keys/schlüssel/acme", secret_arn = null, ssm_parameter = null }]
        }
        config = { pull = { bucket = "in-bucket", prefix = "受信/" }, push = { bucket = "out-bucket", prefix = "täglich/a & b/" } }
      }
    }
  }

  assert {
    condition = {
      pull    = jsondecode(aws_iam_policy.streams["pull"].policy).Statement[0].Resource
      push    = jsondecode(aws_iam_policy.streams["push"].policy).Statement[0].Resource
      list    = jsondecode(aws_iam_policy.streams["push"].policy).Statement[1].Condition.StringLike["s3:prefix"]
      secrets = jsondecode(aws_iam_policy.streams["secrets"].policy).Statement[0].Resource
      } == {
      pull    = ["arn:aws:s3:::in-bucket/*/*"]
      push    = ["arn:aws:s3:::out-bucket/t*glich/a & b/*"]
      list    = ["t*glich/a & b/*"]
      secrets = ["arn:aws:s3:::our-keys/schl*ssel/acme"]
    }
    error_message = "IAM would refuse the policies."
  }
}

run "the_key_of_a_private_keys_bucket_is_asked_by_s3_alone" {
  variables {
    streams = {
      acme = {
        access = {
          pull_kms_key_arn = null
          push_kms_key_arn = null
          secrets = [
            { kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/client", s3 = "our-keys/acme", secret_arn = null, ssm_parameter = null, through_s3 = false },
            { kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/bucket", s3 = "our-keys/acme", secret_arn = null, ssm_parameter = null, through_s3 = true },
          ]
        }
        config = { pull = null, push = { bucket = "out-bucket", prefix = "acme/" } }
      }
    }
  }
  module { source = "./modules/function" }

  assert {
    condition = jsondecode(aws_iam_policy.streams["secrets"].policy).Statement == [
      { Sid = "PrivateKeys", Effect = "Allow", Action = "s3:GetObject", Resource = ["arn:aws:s3:::our-keys/acme"] },
      { Sid = "PrivateKeysDecrypt", Effect = "Allow", Action = "kms:Decrypt", Resource = ["arn:aws:kms:eu-west-1:123456789012:key/client"] },
      { Sid = "S3Decrypt", Effect = "Allow", Action = "kms:Decrypt", Resource = ["arn:aws:kms:eu-west-1:123456789012:key/bucket"], Condition = { StringLike = { "kms:ViaService" = "s3.*.amazonaws.com" } } },
    ]
    error_message = "What the role may do with the two keys has changed: ${aws_iam_policy.streams["secrets"].policy}"
  }
}

run "a_gate_is_asked_by_the_streams_that_have_it" {
  module { source = "./modules/function" }
  variables {
    streams = {
      acme = {
        access = { pull_kms_key_arn = null, push_kms_key_arn = null, secrets = [] }
        config = { pull = null, push = { bucket = "out-bucket", gate = { function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:scan" }, prefix = "acme/" } }
      }
      globex = {
        access = { pull_kms_key_arn = null, push_kms_key_arn = null, secrets = [] }
        config = { pull = null, push = { bucket = "out-bucket", gate = { guardduty = {} }, prefix = "globex/" } }
      }
      initech = {
        access = { pull_kms_key_arn = null, push_kms_key_arn = null, secrets = [], staging = true }
        config = { pull = { bucket = "in-bucket", gate = { function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:look" }, prefix = "initech/" }, push = null }
      }
      umbrella = {
        access = { pull_kms_key_arn = null, push_kms_key_arn = null, secrets = [], staging = true }
        config = { pull = { bucket = "in-bucket", gate = { guardduty = {} }, prefix = "umbrella/" }, push = null }
      }
    }
  }

  assert {
    condition = [
      for statement in jsondecode(aws_iam_policy.streams["push"].policy).Statement : statement if contains(["PushGates", "PushTags"], statement.Sid)
      ] == [
      { Sid = "PushGates", Effect = "Allow", Action = "lambda:InvokeFunction", Resource = ["arn:aws:lambda:eu-west-1:123456789012:function:scan"] },
      { Sid = "PushTags", Effect = "Allow", Action = ["s3:GetObjectTagging", "s3:GetObjectVersionTagging"], Resource = ["arn:aws:s3:::out-bucket/globex/*"] },
    ]
    error_message = "The role may ask more than the gates of its streams, or less: ${aws_iam_policy.streams["push"].policy}"
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_policy.streams["pull"].policy).Statement : statement if statement.Sid == "PullGates"] == [
      { Sid = "PullGates", Effect = "Allow", Action = "lambda:InvokeFunction", Resource = ["arn:aws:lambda:eu-west-1:123456789012:function:look"] },
    ]
    error_message = "The role may ask more than the gates of its streams, or less: ${aws_iam_policy.streams["pull"].policy}"
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement if contains(["StagingTags", "Quarantine"], statement.Sid)] == [
      { Sid = "StagingTags", Effect = "Allow", Action = ["s3:GetObjectTagging", "s3:GetObjectVersionTagging"], Resource = "${module.config_bucket.arn}/staging/gate/*" },
      { Sid = "Quarantine", Effect = "Allow", Action = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"], Resource = "${module.config_bucket.arn}/quarantine/*" },
    ]
    error_message = "The role may do more with what is held, or with what was rejected, than it has to: ${aws_iam_role_policy.this.policy}"
  }

  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.verdicts[0].event_pattern) == {
      account       = ["123456789012"]
      "detail-type" = ["GuardDuty Malware Protection Object Scan Result"]
      source        = ["aws.guardduty"]
      detail        = { s3ObjectDetails = { bucketName = ["out-bucket", module.config_bucket.name], objectKey = [{ prefix = "globex/" }, { prefix = "staging/gate/" }] } }
    } && aws_cloudwatch_event_rule.verdicts[0].name == "partner-files-verdicts" && aws_cloudwatch_event_rule.verdicts[0].state == "ENABLED"
    error_message = "GuardDuty's verdicts are not those of what its gates hold: ${aws_cloudwatch_event_rule.verdicts[0].event_pattern}"
  }

  assert {
    condition     = aws_cloudwatch_event_target.verdicts[0].arn == "arn:aws:sqs:eu-west-1:123456789012:partner-files-events" && aws_cloudwatch_event_target.verdicts[0].rule == "partner-files-verdicts"
    error_message = "Verdicts go elsewhere than to the queue of events: ${aws_cloudwatch_event_target.verdicts[0].arn}"
  }

  assert {
    condition = [for statement in jsondecode(aws_sqs_queue.events.policy).Statement : statement if statement.Sid == "VerdictRule"] == [
      {
        Sid       = "VerdictRule"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = "arn:aws:sqs:eu-west-1:123456789012:partner-files-events"
        Condition = { ArnEquals = { "aws:SourceArn" = "arn:aws:events:eu-west-1:123456789012:rule/partner-files-verdicts" } }
      },
    ]
    error_message = "Another rule than that of verdicts may send them: ${aws_sqs_queue.events.policy}"
  }

  assert {
    condition     = alltrue([for queue in [aws_sqs_queue.undelivered, aws_sqs_queue.dead_letters] : !contains(jsondecode(queue.policy).Statement[*].Sid, "VerdictRule")])
    error_message = "The rule of verdicts may send to a queue that it has nothing to do with."
  }
}

run "verdicts_of_more_places_than_a_pattern_can_hold" {
  command = plan
  module { source = "./modules/function" }
  variables {
    streams = {
      for i in range(60) : "s${i}" => {
        access = { pull_kms_key_arn = null, push_kms_key_arn = null, secrets = [] }
        config = { pull = null, push = { bucket = i < 12 ? "a-bucket-with-a-longer-name-${i}" : "a-bucket-with-a-longer-name-0", gate = { guardduty = {} }, prefix = "a/prefix/of/this/stream/${i}/" } }
      }
    }
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.verdicts[0].event_pattern).detail == { s3ObjectDetails = { bucketName = [for i in [0, 1, 10, 11, 2, 3, 4, 5, 6, 7, 8, 9] : "a-bucket-with-a-longer-name-${i}"] } }
    error_message = "Buckets alone fit into the pattern: ${aws_cloudwatch_event_rule.verdicts[0].event_pattern}"
  }
}
