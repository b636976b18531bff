# modules/grants: what owners of other buckets and keys are asked for, word by word.
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
}

variables {
  name       = "partner-files"
  own_bucket = "ours"
  role_arn   = "arn:aws:iam::123456789012:role/bridge"
  streams = {
    acme = {
      access = {
        pull_kms_key_arn = "arn:aws:kms:eu-west-1:222222222222:key/both"
        push_kms_key_arn = "arn:aws:kms:eu-west-1:222222222222:key/both"
        secrets          = [{ kms_key_arn = "arn:aws:kms:eu-west-1:222222222222:key/keys", s3 = "keys/acme/key" }]
      }
      config = {
        pull = { bucket = "theirs", prefix = "from-acme/" }
        push = { bucket = "theirs", prefix = "to-acme/" }
      }
    }
    globex = {
      access = { pull_kms_key_arn = null, push_kms_key_arn = null, secrets = [] }
      config = { pull = null, push = { bucket = "ours", prefix = "globex/push/" } }
    }
    initech = {
      access = {
        pull_kms_key_arn = null
        push_kms_key_arn = "arn:aws:kms:eu-west-1:222222222222:key/push"
        secrets = [
          { kms_key_arn = "arn:aws:kms:eu-west-1:222222222222:key/secrets", s3 = null, secret_arn = "arn:aws:secretsmanager:eu-west-1:222222222222:secret:initech" },
          { kms_key_arn = "arn:aws:kms:eu-west-1:222222222222:key/secrets", s3 = null, secret_arn = null },
          { kms_key_arn = "arn:aws:kms:eu-west-1:222222222222:key/bucket-of-keys", s3 = "keys/acme/key", through_s3 = true },
        ]
      }
      config = { pull = null, push = { bucket = "others", prefix = "" } }
    }
  }
}

run "policies_of_buckets" {
  command = plan

  module {
    source = "./modules/grants"
  }

  variables {
    reports = { bucket = "audit", kms_key_arn = "arn:aws:kms:eu-west-1:222222222222:key/audit", prefix = "reports/" }
  }

  assert {
    condition     = keys(output.bucket_policies) == ["audit", "keys", "others", "theirs"]
    error_message = "The module's own bucket needs no policy of anybody else: ${jsonencode(keys(output.bucket_policies))}"
  }

  assert {
    condition = jsondecode(output.bucket_policies["theirs"]).Statement == [
      { Sid = "BridgeList", Effect = "Allow", Principal = { AWS = "arn:aws:iam::123456789012:role/bridge" }, Action = ["s3:ListBucket", "s3:ListBucketVersions"], Resource = ["arn:aws:s3:::theirs"], Condition = { StringLike = { "s3:prefix" = ["from-acme/*", "to-acme/*"] } } },
      { Sid = "BridgePush", Effect = "Allow", Principal = { AWS = "arn:aws:iam::123456789012:role/bridge" }, Action = ["s3:GetObject", "s3:GetObjectVersion"], Resource = ["arn:aws:s3:::theirs/to-acme/*"] },
      { Sid = "BridgePull", Effect = "Allow", Principal = { AWS = "arn:aws:iam::123456789012:role/bridge" }, Action = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"], Resource = ["arn:aws:s3:::theirs/from-acme/*"] },
      { Sid = "BridgeUploads", Effect = "Allow", Principal = { AWS = "arn:aws:iam::123456789012:role/bridge" }, Action = "s3:ListBucketMultipartUploads", Resource = ["arn:aws:s3:::theirs"] },
    ]
    error_message = output.bucket_policies["theirs"]
  }

  assert {
    condition = jsondecode(output.bucket_policies["keys"]).Statement == [
      { Sid = "BridgePrivateKeys", Effect = "Allow", Principal = { AWS = "arn:aws:iam::123456789012:role/bridge" }, Action = "s3:GetObject", Resource = ["arn:aws:s3:::keys/acme/key"] },
    ]
    error_message = output.bucket_policies["keys"]
  }

  assert {
    condition = jsondecode(output.bucket_policies["audit"]).Statement == [
      { Sid = "BridgeReports", Effect = "Allow", Principal = { AWS = "arn:aws:iam::123456789012:role/bridge" }, Action = ["s3:AbortMultipartUpload", "s3:PutObject"], Resource = ["arn:aws:s3:::audit/reports/*/????-??-??.csv"] },
    ] && jsondecode(output.key_statements["arn:aws:kms:eu-west-1:222222222222:key/audit"]).Action == ["kms:Decrypt", "kms:GenerateDataKey"]
    error_message = output.bucket_policies["audit"]
  }
}

run "statements_of_keys" {
  command = plan

  module {
    source = "./modules/grants"
  }

  assert {
    condition = { for key, text in output.key_statements : split("/", key)[1] => [jsondecode(text).Action, try(jsondecode(text).Condition.StringLike["kms:ViaService"], [])] } == {
      bucket-of-keys = [["kms:Decrypt"], ["s3.*.amazonaws.com"]]
      both           = [["kms:Decrypt", "kms:GenerateDataKey"], ["s3.*.amazonaws.com"]]
      keys           = [["kms:Decrypt"], []]
      push           = [["kms:Decrypt"], ["s3.*.amazonaws.com"]]
      secrets        = [["kms:Decrypt"], ["secretsmanager.*.amazonaws.com", "ssm.*.amazonaws.com"]]
    }
    error_message = jsonencode(output.key_statements)
  }
}

run "events_of_buckets" {
  command = plan

  module {
    source = "./modules/grants"
  }

  assert {
    condition     = keys(output.event_forwarding) == ["others", "theirs"]
    error_message = "Only of buckets that objects are pushed from, and not of ours: ${jsonencode(keys(output.event_forwarding))}"
  }

  assert {
    condition     = jsondecode(output.event_forwarding["theirs"].event_pattern) == { source = ["aws.s3"], "detail-type" = ["Object Created"], detail = { bucket = { name = ["theirs"] }, object = { key = [{ prefix = "to-acme/" }] } } }
    error_message = output.event_forwarding["theirs"].event_pattern
  }

  assert {
    condition     = output.event_forwarding["theirs"].bus_arn == "arn:aws:events:eu-west-1:123456789012:event-bus/default"
    error_message = output.event_forwarding["theirs"].bus_arn
  }
}

run "hundreds_of_streams_in_one_bucket" {
  command = plan

  module {
    source = "./modules/grants"
  }

  variables {
    streams = {
      for i in range(400) : "s${i}" => {
        access = { pull_kms_key_arn = null, push_kms_key_arn = null, secrets = [] }
        config = { pull = null, push = { bucket = "theirs", prefix = "out/a-partner-with-a-long-name-${i}/" } }
      }
    }
  }

  assert {
    condition     = jsondecode(output.bucket_policies["theirs"]).Statement[1].Resource == ["arn:aws:s3:::theirs/*"]
    error_message = "Beyond a policy's 20 KB, the bucket as a whole: ${length(output.bucket_policies["theirs"])}"
  }

  assert {
    condition     = !can(jsondecode(output.event_forwarding["theirs"].event_pattern).detail.object)
    error_message = "Beyond a pattern's 2,048 characters, all objects of the bucket: ${output.event_forwarding["theirs"].event_pattern}"
  }
}

# Keys of this account are granted, with what is done with them and for which secret alone; those of others aren't.
run "grants_on_own_keys" {
  command = plan

  module {
    source = "./modules/grants"
  }

  variables {
    streams = {
      acme = {
        access = {
          pull_kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/both"
          push_kms_key_arn = "arn:aws:kms:ap-south-1:123456789012:key/elsewhere"
          secrets = [
            { kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/secrets", s3 = null, secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:acme-a1B2c3" },
            { kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/secrets", s3 = null, secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:acme-secret" },
            { kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/secrets", s3 = null, ssm_parameter = "/sftp/acme" },
            { kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/secrets", s3 = "keys/acme", through_s3 = true },
            { kms_key_arn = null, s3 = "keys/acme" },
          ]
        }
        config = {
          pull = { bucket = "theirs", prefix = "from-acme/" }
          push = { bucket = "theirs", prefix = "to-acme/" }
        }
      }
      theirs = {
        access = { pull_kms_key_arn = null, push_kms_key_arn = "arn:aws:kms:eu-west-1:222222222222:key/theirs", secrets = [] }
        config = { pull = null, push = { bucket = "others", prefix = "" } }
      }
    }
  }

  assert {
    condition = {
      for name, grant in aws_kms_grant.this : name => {
        context    = try(one(grant.constraints).encryption_context_subset, {})
        key        = split("/", grant.key_id)[1]
        operations = join(" ", grant.operations)
        region     = grant.region
        role       = grant.grantee_principal
      }
      } == {
      "acme/pull"     = { context = {}, key = "both", operations = "Decrypt GenerateDataKey", region = "eu-west-1", role = "arn:aws:iam::123456789012:role/bridge" }
      "acme/push"     = { context = {}, key = "elsewhere", operations = "Decrypt", region = "ap-south-1", role = "arn:aws:iam::123456789012:role/bridge" }
      "acme/secret-0" = { context = tomap({ SecretARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:acme-a1B2c3" }), key = "secrets", operations = "Decrypt", region = "eu-west-1", role = "arn:aws:iam::123456789012:role/bridge" }
      "acme/secret-1" = { context = {}, key = "secrets", operations = "Decrypt", region = "eu-west-1", role = "arn:aws:iam::123456789012:role/bridge" }
      "acme/secret-2" = { context = tomap({ PARAMETER_ARN = "arn:aws:ssm:eu-west-1:123456789012:parameter/sftp/acme" }), key = "secrets", operations = "Decrypt", region = "eu-west-1", role = "arn:aws:iam::123456789012:role/bridge" }
      "acme/secret-3" = { context = {}, key = "secrets", operations = "Decrypt", region = "eu-west-1", role = "arn:aws:iam::123456789012:role/bridge" }
    }
    error_message = jsonencode({ for name, grant in aws_kms_grant.this : name => grant })
  }

  assert {
    condition     = length(distinct([for grant in aws_kms_grant.this : grant.name])) == length(aws_kms_grant.this)
    error_message = "Two grants have one name, so that KMS takes them for one."
  }
}

run "an_access_list_for_the_owner" {
  command = plan

  module {
    source = "./modules/grants"
  }

  variables {
    streams = {
      acme = {
        access = { pull_kms_key_arn = null, push_kms_key_arn = null, secrets = [] }
        config = { pull = { acl = "bucket-owner-full-control", bucket = "theirs", prefix = "acme/" }, push = null }
      }
      globex = {
        access = { pull_kms_key_arn = null, push_kms_key_arn = null, secrets = [] }
        config = { pull = { bucket = "theirs", prefix = "globex/" }, push = null }
      }
    }
  }

  assert {
    condition = [for statement in jsondecode(output.bucket_policies["theirs"]).Statement : statement.Resource if statement.Sid == "BridgeAcl"] == [
      ["arn:aws:s3:::theirs/acme/*"]
    ]
    error_message = output.bucket_policies["theirs"]
  }
}

run "no_grants_where_the_user_says_so" {
  command = plan

  module {
    source = "./modules/grants"
  }

  variables {
    kms_grants = false
    streams = {
      acme = {
        access = { pull_kms_key_arn = null, push_kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/ours", secrets = [] }
        config = { pull = null, push = { bucket = "others", prefix = "" } }
      }
    }
  }

  assert {
    condition     = length(aws_kms_grant.this) == 0
    error_message = "kms_grants = false makes grants."
  }
}

run "hundreds_of_grants_are_asked_about" {
  command = plan

  module {
    source = "./modules/grants"
  }

  variables {
    streams = {
      for i in range(101) : "s${i}" => {
        access = { pull_kms_key_arn = null, push_kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/ours", secrets = [] }
        config = { pull = null, push = { bucket = "others", prefix = "s${i}/" } }
      }
    }
  }

  expect_failures = [check.grants]

  assert {
    condition     = length(aws_kms_grant.this) == 0
    error_message = "More than a hundred grants are made by default."
  }
}

run "tags_of_a_bucket_that_guardduty_scans" {
  command = plan
  module { source = "./modules/grants" }
  variables {
    streams = {
      acme = {
        access = { pull_kms_key_arn = null, push_kms_key_arn = null, secrets = [] }
        config = { pull = null, push = { bucket = "theirs", gate = { guardduty = {} }, prefix = "to-acme/" } }
      }
      globex = {
        access = { pull_kms_key_arn = null, push_kms_key_arn = null, secrets = [] }
        config = { pull = null, push = { bucket = "theirs", prefix = "to-globex/" } }
      }
    }
  }

  assert {
    condition = [
      for statement in jsondecode(output.bucket_policies["theirs"]).Statement : [statement.Action, statement.Resource] if statement.Sid == "BridgeTags"
    ] == [[["s3:GetObjectTagging", "s3:GetObjectVersionTagging"], ["arn:aws:s3:::theirs/to-acme/*"]]]
    error_message = "The owner isn't asked for the tags of what is gated, or for more: ${output.bucket_policies["theirs"]}"
  }
}
