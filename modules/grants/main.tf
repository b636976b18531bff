# What the owners of buckets and keys in other accounts have to allow the bridge's role, and how a bucket's events come to
# the bridge from another account or region. The same statements as the role's own (modules/function/policies.tf).
data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  partition = data.aws_partition.current.partition
  principal = { AWS = var.role_arn }

  pushes = [for stream in values(var.streams) : { place = stream.config.push, kms_key_arn = stream.access.push_kms_key_arn } if stream.config.push != null]
  pulls  = [for stream in values(var.streams) : { place = stream.config.pull, kms_key_arn = stream.access.pull_kms_key_arn } if stream.config.pull != null]
  keys_in_s3 = [
    for secret in flatten(values(var.streams)[*].access.secrets) : { object = secret.s3, kms_key_arn = secret.kms_key_arn } if secret.s3 != null
  ]

  # By bucket: the ARNs of its objects that are pushed, pulled to, and read as keys.
  pushed = { for push in local.pushes : push.place.bucket => "arn:${local.partition}:s3:::${push.place.bucket}/${push.place.prefix}*"... }
  pulled = { for pull in local.pulls : pull.place.bucket => "arn:${local.partition}:s3:::${pull.place.bucket}/${pull.place.prefix}*"... }
  read   = { for key in local.keys_in_s3 : split("/", key.object)[0] => "arn:${local.partition}:s3:::${key.object}"... }

  buckets = [for bucket in distinct(concat(keys(local.pushed), keys(local.pulled), keys(local.read))) : bucket if bucket != var.own_bucket]

  statements = {
    for bucket in local.buckets : bucket => [
      for statement in [
        {
          Sid       = "BridgeList"
          Effect    = "Allow"
          Principal = local.principal
          Action    = contains(keys(local.pushed), bucket) ? ["s3:ListBucket", "s3:ListBucketVersions"] : ["s3:ListBucket"]
          Resource  = contains(concat(keys(local.pushed), keys(local.pulled)), bucket) ? ["arn:${local.partition}:s3:::${bucket}"] : []
        },
        {
          Sid       = "BridgePush"
          Effect    = "Allow"
          Principal = local.principal
          Action    = ["s3:GetObject", "s3:GetObjectVersion"]
          Resource  = sort(distinct(lookup(local.pushed, bucket, [])))
        },
        {
          Sid       = "BridgePull"
          Effect    = "Allow"
          Principal = local.principal
          Action    = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"]
          Resource  = sort(distinct(lookup(local.pulled, bucket, [])))
        },
        {
          Sid       = "BridgeUploads"
          Effect    = "Allow"
          Principal = local.principal
          Action    = "s3:ListBucketMultipartUploads"
          Resource  = contains(keys(local.pulled), bucket) ? ["arn:${local.partition}:s3:::${bucket}"] : []
        },
        {
          Sid       = "BridgePrivateKeys"
          Effect    = "Allow"
          Principal = local.principal
          Action    = "s3:GetObject"
          Resource  = sort(distinct(lookup(local.read, bucket, [])))
        },
      ] : statement if length(statement.Resource) > 0
    ]
  }

  # A key is asked by S3 for the role, or by the role itself where a private key was encrypted by a client.
  decrypting = distinct(compact(concat(local.pushes[*].kms_key_arn, local.keys_in_s3[*].kms_key_arn)))
  encrypting = distinct(compact(local.pulls[*].kms_key_arn))
}
