data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  region = data.aws_region.current.region
}

# A bus of its own, so that nobody else's events are among these. Without bus_arn they go to the account's default bus.
resource "aws_cloudwatch_event_bus" "files" {
  name = "${var.name}-files"
}

module "bridge" {
  # From the registry: source = "<namespace>/s3-sftp-bridge/aws", with a version.
  source = "../.."

  name          = var.name
  events        = { bus_arn = aws_cloudwatch_event_bus.files.arn }
  force_destroy = var.force_destroy

  streams = {
    acme = {
      sftp = {
        host        = var.partner.host
        port        = var.partner.port
        username    = var.partner.username
        host_keys   = var.partner.host_keys
        private_key = { secret_arn = var.private_key_secret_arn }
      }
      push = { sftp = var.remote_directory }
    }
  }
}

# What a target doesn't take within a day ends here, with the reason in the message's attributes. The bridge's own part ends
# where the bus has taken an event; what rules do with it is theirs.
resource "aws_sqs_queue" "untold" {
  name                      = "${var.name}-untold"
  message_retention_seconds = 14 * 24 * 60 * 60
  sqs_managed_sse_enabled   = true

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Rules"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = "arn:${data.aws_partition.current.partition}:sqs:${local.region}:${data.aws_caller_identity.current.account_id}:${var.name}-untold"
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
    }]
  })
}

resource "aws_cloudwatch_metric_alarm" "untold" {
  alarm_name          = "${var.name}-untold"
  alarm_description   = "Somebody who should be told of a file wasn't: the messages in ${aws_sqs_queue.untold.name} say why (ERROR_MESSAGE)."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.untold.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [module.bridge.alarm_topic_arn]
}
