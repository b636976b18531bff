# What the owners of buckets and keys in other accounts have to allow the bridge's role, and how a bucket's events come to
# the bridge from another account or region. The same statements as the role's own (modules/function/policies.tf).
data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  partition = data.aws_partition.current.partition
  principal = { AWS = var.role_arn }

  pushes  = [for stream in values(var.streams) : { place = stream.config.push, kms_key_arn = stream.access.push_kms_key_arn } if stream.config.push != null]
  pulls   = [for stream in values(var.streams) : { place = stream.config.pull, kms_key_arn = stream.access.pull_kms_key_arn } if stream.config.pull != null]
  secrets = flatten(values(var.streams)[*].access.secrets)

  # Policies hold no characters beyond Latin-1; a wildcard stands for what is not ASCII.
  not_ascii = "/[^ -~]+/"

  # By bucket, the objects in it that are pushed, pulled to, and read as keys.
  pushed = { for push in local.pushes : push.place.bucket => replace("${push.place.prefix}*", local.not_ascii, "*")... }
  tagged = { for push in local.pushes : push.place.bucket => replace("${push.place.prefix}*", local.not_ascii, "*")... if try(push.place.gate.guardduty, null) != null }
  pulled = { for pull in local.pulls : pull.place.bucket => replace("${pull.place.prefix}*", local.not_ascii, "*")... }
  owned  = { for pull in local.pulls : pull.place.bucket => replace("${pull.place.prefix}*", local.not_ascii, "*")... if pull.place.acl != null }
  # As the role's own policy has it: reports of that name alone.
  reported = { for report in var.reports[*] : report.bucket => "${replace(report.prefix, local.not_ascii, "*")}*/????-??-??.csv"... }
  read     = { for secret in local.secrets : split("/", secret.s3)[0] => replace(regex("/(.*)", secret.s3)[0], local.not_ascii, "*")... if secret.s3 != null }

  buckets = [for bucket in distinct(concat(keys(local.pushed), keys(local.pulled), keys(local.read), keys(local.reported))) : bucket if bucket != var.own_bucket]

  exact = {
    for bucket in local.buckets : bucket => {
      for use, places in { owned = local.owned, pulled = local.pulled, pushed = local.pushed, read = local.read, reported = local.reported, tagged = local.tagged } : use => sort(distinct(lookup(places, bucket, [])))
    }
  }

  # As they are, and as the whole bucket where that would be too long for a policy.
  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
  policy_limit = 20480
  forms        = { for bucket, uses in local.exact : bucket => [uses, { for use, objects in uses : use => length(objects) == 0 ? [] : ["*"] }] }

  policies = {
    for bucket, forms in local.forms : bucket => [
      for uses in forms : jsonencode({
        Version = "2012-10-17"
        Statement = [
          for statement in [
            {
              Sid       = "BridgeList"
              Effect    = "Allow"
              Principal = local.principal
              # Versions as well where objects are read (see modules/function/policies.tf).
              Action    = length(uses.pushed) > 0 ? ["s3:ListBucket", "s3:ListBucketVersions"] : ["s3:ListBucket"]
              Resource  = length(concat(uses.pushed, uses.pulled)) > 0 ? ["arn:${local.partition}:s3:::${bucket}"] : []
              Condition = { StringLike = { "s3:prefix" = sort(distinct(concat(uses.pushed, uses.pulled))) } }
            },
            {
              Sid       = "BridgePush"
              Effect    = "Allow"
              Principal = local.principal
              Action    = ["s3:GetObject", "s3:GetObjectVersion"]
              Resource  = [for objects in uses.pushed : "arn:${local.partition}:s3:::${bucket}/${objects}"]
            },
            {
              Sid       = "BridgeTags"
              Effect    = "Allow"
              Principal = local.principal
              Action    = ["s3:GetObjectTagging", "s3:GetObjectVersionTagging"]
              Resource  = [for objects in uses.tagged : "arn:${local.partition}:s3:::${bucket}/${objects}"]
            },
            {
              Sid       = "BridgePull"
              Effect    = "Allow"
              Principal = local.principal
              Action    = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"]
              Resource  = [for objects in uses.pulled : "arn:${local.partition}:s3:::${bucket}/${objects}"]
            },
            {
              Sid       = "BridgeAcl"
              Effect    = "Allow"
              Principal = local.principal
              Action    = "s3:PutObjectAcl"
              Resource  = [for objects in uses.owned : "arn:${local.partition}:s3:::${bucket}/${objects}"]
            },
            {
              Sid       = "BridgeUploads"
              Effect    = "Allow"
              Principal = local.principal
              Action    = "s3:ListBucketMultipartUploads"
              Resource  = length(uses.pulled) > 0 ? ["arn:${local.partition}:s3:::${bucket}"] : []
            },
            {
              Sid       = "BridgeReports"
              Effect    = "Allow"
              Principal = local.principal
              Action    = ["s3:AbortMultipartUpload", "s3:PutObject"]
              Resource  = [for objects in uses.reported : "arn:${local.partition}:s3:::${bucket}/${objects}"]
            },
            {
              Sid       = "BridgePrivateKeys"
              Effect    = "Allow"
              Principal = local.principal
              Action    = "s3:GetObject"
              Resource  = [for objects in uses.read : "arn:${local.partition}:s3:::${bucket}/${objects}"]
            },
          ] : statement if length(statement.Resource) > 0
        ]
      })
    ]
  }

  # What each key is used for, and by which service for the role: a private key in S3 may be encrypted by its client as well,
  # so that the role asks KMS itself.
  uses = concat(
    [for pull in local.pulls : { actions = ["kms:Decrypt", "kms:GenerateDataKey"], key = pull.kms_key_arn, via = "s3" }],
    [for report in var.reports[*] : { actions = ["kms:Decrypt", "kms:GenerateDataKey"], key = report.kms_key_arn, via = "s3" }],
    [for push in local.pushes : { actions = ["kms:Decrypt"], key = push.kms_key_arn, via = "s3" }],
    [
      for secret in local.secrets : {
        actions = ["kms:Decrypt"]
        key     = secret.kms_key_arn
        via     = secret.through_s3 ? "s3" : secret.s3 != null ? "" : secret.secret_arn != null ? "secretsmanager" : "ssm"
      }
    ],
  )
  keys = { for use in local.uses : use.key => use... if use.key != null }

  # The streams' rules choose again, so that all of a bucket is no mistake where a pattern (2,048 characters at most) can't hold
  # the prefixes. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
  prefixes = { for push in local.pushes : push.place.bucket => push.place.prefix... if push.place.bucket != var.own_bucket }
  patterns = {
    for bucket, prefixes in local.prefixes : bucket => [
      for wanted in [contains(prefixes, "") ? [] : sort(distinct(prefixes)), []] : jsonencode({
        source        = ["aws.s3"]
        "detail-type" = ["Object Created"]
        detail = merge(
          { bucket = { name = [bucket] } },
          length(wanted) == 0 ? {} : { object = { key = [for prefix in wanted : { prefix = prefix }] } },
        )
      })
    ]
  }
}

locals {
  widened = [
    for bucket, policies in local.policies : "bucket_policies: the policy for ${bucket} names all of its objects. By prefix, it would take ${length(policies[0])} bytes of ${local.policy_limit}. Let streams share prefixes, or have several buckets."
    if length(policies[0]) > local.policy_limit
  ]
}
