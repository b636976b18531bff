# The texts of the streams' policies, from exact to wide. A statement that names nothing is left out.
locals {
  # Leave to list, without which S3 answers 403 and not 404 for an object that isn't there: as two forms for each list of
  # object ARNs. By bucket, whoever lists one bucket sees no more than that bucket's prefixes; together takes less room.
  # https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
  listings = {
    for kind, levels in { pull = module.arns["pull"].levels, push = module.arns["push"].levels } : kind => flatten([
      for arns in levels : [
        for prefixes in [
          { for arn in arns : split("/", arn)[0] => try(regex("/(.*)", arn)[0], "*")... },
          { all = [for arn in arns : try(regex("/(.*)", arn)[0], "*")] },
          ] : {
          arns = arns
          statements = [
            for i, bucket in keys(prefixes) : {
              Sid    = "${title(kind)}List${i}"
              Effect = "Allow"
              # Versions as well where objects are read: whether one is gone, S3 answers only to those who may list the whole bucket.
              Action    = kind == "push" ? ["s3:ListBucket", "s3:ListBucketVersions"] : ["s3:ListBucket"]
              Resource  = bucket == "all" ? distinct([for arn in arns : split("/", arn)[0]]) : [bucket]
              Condition = { StringLike = { "s3:prefix" = distinct(prefixes[bucket]) } }
            }
          ]
        }
      ]
    ])
  }

  push_policies = [
    for listing in local.listings.push : jsonencode({
      Version = "2012-10-17"
      Statement = [
        for statement in concat(
          [
            {
              Sid      = "PushRead"
              Effect   = "Allow"
              Action   = ["s3:GetObject", "s3:GetObjectVersion"]
              Resource = listing.arns
            },
            {
              Sid      = "PushGates"
              Effect   = "Allow"
              Action   = "lambda:InvokeFunction"
              Resource = local.gate_functions
            },
            {
              # By the version, and in a bucket without versions by the object.
              Sid      = "PushTags"
              Effect   = "Allow"
              Action   = ["s3:GetObjectTagging", "s3:GetObjectVersionTagging"]
              Resource = local.gate_objects
            },
            {
              Sid       = "PushDecrypt"
              Effect    = "Allow"
              Action    = "kms:Decrypt"
              Resource  = local.push_keys
              Condition = { StringLike = { "kms:ViaService" = "s3.*.${local.dns_suffix}" } }
            },
          ],
          listing.statements,
        ) : statement if length(statement.Resource) > 0
      ]
    })
  ]

  pull_policies = [
    for listing in local.listings.pull : jsonencode({
      Version = "2012-10-17"
      Statement = [
        for statement in concat(
          [
            {
              Sid      = "PullWrite"
              Effect   = "Allow"
              Action   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"]
              Resource = listing.arns
            },
            {
              # Who sets an access list with an object needs this for it.
              Sid      = "PullAcl"
              Effect   = "Allow"
              Action   = "s3:PutObjectAcl"
              Resource = local.pull_acl_objects
            },
            {
              Sid      = "PullGates"
              Effect   = "Allow"
              Action   = "lambda:InvokeFunction"
              Resource = local.pull_gate_functions
            },
            {
              Sid      = "PullUploads"
              Effect   = "Allow"
              Action   = "s3:ListBucketMultipartUploads"
              Resource = distinct([for arn in listing.arns : split("/", arn)[0]])
            },
            {
              Sid       = "PullEncrypt"
              Effect    = "Allow"
              Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
              Resource  = local.pull_keys
              Condition = { StringLike = { "kms:ViaService" = "s3.*.${local.dns_suffix}" } }
            },
          ],
          listing.statements,
        ) : statement if length(statement.Resource) > 0
      ]
    })
  ]

  secrets_policies = [
    for level in range(3) : jsonencode({
      Version = "2012-10-17"
      Statement = [
        for statement in concat(
          [
            {
              Sid      = "Secrets"
              Effect   = "Allow"
              Action   = "secretsmanager:GetSecretValue"
              Resource = module.arns["secrets"].levels[min(level, length(module.arns["secrets"].levels) - 1)]
            },
            {
              Sid      = "Parameters"
              Effect   = "Allow"
              Action   = "ssm:GetParameter"
              Resource = module.arns["parameters"].levels[min(level, length(module.arns["parameters"].levels) - 1)]
            },
            {
              Sid      = "PrivateKeys"
              Effect   = "Allow"
              Action   = "s3:GetObject"
              Resource = local.private_key_objects
            },
            {
              Sid      = "PrivateKeysDecrypt"
              Effect   = "Allow"
              Action   = "kms:Decrypt"
              Resource = local.secret_keys.client
            },
          ],
          [
            for service in ["s3", "secretsmanager", "ssm"] : {
              Sid       = "${title(service)}Decrypt"
              Effect    = "Allow"
              Action    = "kms:Decrypt"
              Resource  = local.secret_keys[service]
              Condition = { StringLike = { "kms:ViaService" = "${service}.*.${local.dns_suffix}" } }
            }
          ],
        ) : statement if length(statement.Resource) > 0
      ]
    })
  ]
}
