resource "aws_iam_role" "this" {
  # IAM knows no regions: the name carries it, so that a bridge of one name may be in several.
  name                 = "${var.name}-${local.region}"
  description          = "What the bridge ${var.name} may do."
  path                 = var.role_path
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Function"
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

# What every bridge needs, whatever its streams. What the streams need is in access.tf.
resource "aws_iam_role_policy" "this" {
  name = "bridge"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid      = "Configuration"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "${module.config_bucket.arn}/config/*"
      },
      {
        Sid      = "Journal"
        Effect   = "Allow"
        Action   = ["dynamodb:BatchGetItem", "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"]
        Resource = aws_dynamodb_table.journal.arn
      },
      {
        Sid      = "JournalOpen"
        Effect   = "Allow"
        Action   = ["dynamodb:Query", "dynamodb:Scan"]
        Resource = "${aws_dynamodb_table.journal.arn}/index/open"
      },
      {
        Sid      = "JournalDue"
        Effect   = "Allow"
        Action   = "dynamodb:Query"
        Resource = "${aws_dynamodb_table.journal.arn}/index/due"
      },
      {
        Sid      = "Log"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.this.arn}:*"
      },
      {
        Sid      = "Queue"
        Effect   = "Allow"
        Action   = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
        Resource = aws_sqs_queue.events.arn
      },
      {
        Sid      = "DeadLetters"
        Effect   = "Allow"
        Action   = ["sqs:DeleteMessage", "sqs:ReceiveMessage"]
        Resource = [aws_sqs_queue.dead_letters.arn, aws_sqs_queue.undelivered.arn]
      },
      {
        Sid      = "Drains"
        Effect   = "Allow"
        Action   = "lambda:InvokeFunction"
        Resource = local.alias_arns["drain"]
      },
      ], flatten([
        # Where files that end are told of: on that bus, as this bridge and nobody else.
        for bus in local.bus_arns : [
          {
            Sid      = "JournalEvents"
            Effect   = "Allow"
            Action   = "dynamodb:Scan"
            Resource = "${aws_dynamodb_table.journal.arn}/index/events"
          },
          {
            Sid       = "Events"
            Effect    = "Allow"
            Action    = "events:PutEvents"
            Resource  = bus
            Condition = { StringEquals = { "events:source" = "${var.name}.bridge" } }
          },
        ]
        ]), flatten([
        # Where files are changed on their way: below that prefix of the configuration's bucket, and only where a stream does so.
        for prefix in local.staging_prefixes : concat([
          {
            Sid      = "Staging"
            Effect   = "Allow"
            Action   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:GetObject", "s3:GetObjectVersion", "s3:ListMultipartUploadParts", "s3:PutObject"]
            Resource = "${module.config_bucket.arn}/${prefix}*"
          },
          {
            # Without it S3 answers 403 and not 404 for an object that isn't there.
            Sid       = "StagingList"
            Effect    = "Allow"
            Action    = ["s3:ListBucket", "s3:ListBucketVersions"]
            Resource  = module.config_bucket.arn
            Condition = { StringLike = { "s3:prefix" = "${prefix}*" } }
          },
          ], [
          for key in var.kms_key[*] : {
            Sid       = "StagingKey"
            Effect    = "Allow"
            Action    = "kms:GenerateDataKey"
            Resource  = key.arn
            Condition = { StringEquals = { "kms:ViaService" = "s3.${local.region}.${local.dns_suffix}" } }
          }
        ])
      ]), [
      # Gates of pulls: what GuardDuty says of what is held, and a place for what was rejected, of which nothing is removed.
      for prefix in local.tagged_prefixes : {
        Sid      = "StagingTags"
        Effect   = "Allow"
        Action   = ["s3:GetObjectTagging", "s3:GetObjectVersionTagging"]
        Resource = "${module.config_bucket.arn}/${prefix}*"
      }
      ], [
      for prefix in local.quarantine_prefixes : {
        Sid      = "Quarantine"
        Effect   = "Allow"
        Action   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
        Resource = "${module.config_bucket.arn}/${prefix}*"
      }
      ], flatten([
        # Daily reports: all of the journal is read for them, and nothing is written but objects that are called so.
        for report in var.reports[*] : concat([
          {
            Sid      = "ReportsJournal"
            Effect   = "Allow"
            Action   = "dynamodb:Scan"
            Resource = aws_dynamodb_table.journal.arn
          },
          {
            Sid      = "Reports"
            Effect   = "Allow"
            Action   = ["s3:AbortMultipartUpload", "s3:PutObject"]
            Resource = "arn:${local.partition}:s3:::${report.bucket}/${replace(report.prefix, local.not_ascii, "*")}*/????-??-??.csv"
          },
          ], [
          # Decrypt, for those in parts. https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
          for keys in [local.report_keys] : {
            Sid       = "ReportsKey"
            Effect    = "Allow"
            Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
            Resource  = keys
            Condition = { StringLike = { "kms:ViaService" = "s3.*.${local.dns_suffix}" } }
          } if length(keys) > 0
        ])
      ]), [
      # Configuration, journal and queues. Lambda makes a grant of its own for the environment.
      # https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
      for key in var.kms_key[*] : {
        Sid       = "Key"
        Effect    = "Allow"
        Action    = "kms:Decrypt"
        Resource  = key.arn
        Condition = { StringEquals = { "kms:ViaService" = [for service in ["dynamodb", "s3", "sqs"] : "${service}.${local.region}.${local.dns_suffix}"] } }
      }
    ])
  })
}
