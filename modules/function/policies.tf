# The texts of the streams' policies, from exact to wide. A statement that names nothing is left out.
locals {
  push_policies = flatten([
    for arns in module.push_objects.levels : [
      # By bucket, who lists one bucket sees no more than that bucket's prefixes; together takes less room.
      for listings in [
        { for arn in arns : split("/", arn)[0] => try(regex("/(.*)", arn)[0], "*")... },
        { all = [for arn in arns : try(regex("/(.*)", arn)[0], "*")] },
        ] : jsonencode({
          Version = "2012-10-17"
          Statement = [
            for statement in concat(
              [
                {
                  Sid      = "PushRead"
                  Effect   = "Allow"
                  Action   = ["s3:GetObject", "s3:GetObjectVersion"]
                  Resource = arns
                },
                {
                  Sid       = "PushDecrypt"
                  Effect    = "Allow"
                  Action    = "kms:Decrypt"
                  Resource  = local.push_keys
                  Condition = { StringLike = { "kms:ViaService" = "s3.*.${local.dns_suffix}" } }
                },
              ],
              # Without leave to list, S3 answers 403 for an object that is gone.
              [
                for i, bucket in keys(listings) : {
                  Sid       = "PushList${i}"
                  Effect    = "Allow"
                  Action    = "s3:ListBucket"
                  Resource  = bucket == "all" ? distinct([for arn in arns : split("/", arn)[0]]) : [bucket]
                  Condition = { StringLike = { "s3:prefix" = distinct(listings[bucket]) } }
                }
              ],
            ) : statement if length(statement.Resource) > 0
          ]
      })
    ]
  ])

  pull_policies = [
    for arns in module.pull_objects.levels : jsonencode({
      Version = "2012-10-17"
      Statement = [
        for statement in [
          {
            Sid      = "PullWrite"
            Effect   = "Allow"
            Action   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"]
            Resource = arns
          },
          {
            Sid      = "PullUploads"
            Effect   = "Allow"
            Action   = "s3:ListBucketMultipartUploads"
            Resource = distinct([for arn in arns : split("/", arn)[0]])
          },
          {
            Sid       = "PullEncrypt"
            Effect    = "Allow"
            Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
            Resource  = local.pull_keys
            Condition = { StringLike = { "kms:ViaService" = "s3.*.${local.dns_suffix}" } }
          },
        ] : statement if length(statement.Resource) > 0
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
              Resource = module.secret_arns.levels[min(level, length(module.secret_arns.levels) - 1)]
            },
            {
              Sid      = "Parameters"
              Effect   = "Allow"
              Action   = "ssm:GetParameter"
              Resource = module.parameter_arns.levels[min(level, length(module.parameter_arns.levels) - 1)]
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
              Resource = local.secret_keys.s3
            },
          ],
          [
            for service in ["secretsmanager", "ssm"] : {
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
