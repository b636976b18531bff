data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.region

  # A schedule's name has 64 characters at most, which a stream's may have by itself: a long one is cut, and gets its hash. Streams'
  # names have no period.
  # https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
  schedules = merge([
    for name, schedules in var.streams : {
      for i, schedule in schedules : "${name}.${i + 1}" => merge(schedule, {
        name   = "${length(name) <= 60 ? name : "${substr(name, 0, 49)}-${substr(sha256(name), 0, 10)}"}.${i + 1}"
        stream = name
      })
    }
  ]...)
}

resource "aws_scheduler_schedule_group" "this" {
  name = var.name
  tags = var.tags
}

# Scheduler tells KMS and IAM its group as where it comes from.
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
resource "aws_iam_role" "this" {
  # IAM knows no regions: the name carries it, so that a bridge of one name may be in several.
  name                 = "${var.name}-schedules-${local.region}"
  description          = "What the schedules of the bridge ${var.name} may do."
  path                 = var.role_path
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Schedules"
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = {
          "aws:SourceAccount" = local.account_id
          "aws:SourceArn"     = "arn:${local.partition}:scheduler:${local.region}:${local.account_id}:schedule-group/${var.name}"
        }
      }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name = "schedules"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid      = "Polls"
        Effect   = "Allow"
        Action   = "lambda:InvokeFunction"
        Resource = var.bridge.schedule_arn
      },
      {
        Sid      = "Undelivered"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = var.bridge.undelivered_queue_arn
      },
      ], [
      for arn in var.kms_key_arn[*] : {
        Sid       = "Key"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = arn
        Condition = { StringEquals = { "kms:EncryptionContext:aws:sqs:arn" = var.bridge.undelivered_queue_arn } }
      }
    ])
  })
}

resource "aws_scheduler_schedule" "this" {
  # checkov:skip=CKV_AWS_297: a schedule has a time and the name of a stream, which AWS encrypts with a key of its own
  for_each = local.schedules

  name                         = each.value.name
  group_name                   = aws_scheduler_schedule_group.this.name
  description                  = "Polls for files of stream ${each.value.stream} at the partner."
  schedule_expression          = each.value.expression
  schedule_expression_timezone = each.value.time_zone
  state                        = "ENABLED"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = var.bridge.schedule_arn
    role_arn = aws_iam_role.this.arn
    input    = jsonencode({ action = "poll", streams = [each.value.stream] })

    dead_letter_config {
      arn = var.bridge.undelivered_queue_arn
    }

    # A poll of a day is worth a quarter of an hour's trying; the next one does what a lost one would have done.
    retry_policy {
      maximum_event_age_in_seconds = max(60, min(900, coalesce(each.value.interval_seconds, 900)))
      maximum_retry_attempts       = 3
    }
  }

  # Without its leave Scheduler would put the first poll into the queue.
  depends_on = [aws_iam_role_policy.this]
}
