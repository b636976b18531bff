# S3 sends events to the bus of the bucket's own account and region, and a rule there passes them on to the bridge's.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html, eb-cross-region.html
resource "aws_cloudwatch_event_rule" "this" {
  name          = var.name
  description   = "New objects go to the bridge's event bus, ${var.forwarding.bus_arn}."
  event_pattern = var.forwarding.event_pattern
  region        = var.region
  state         = "ENABLED"
  tags          = var.tags
}

# What can't be put on the bridge's bus within a day waits here, with EventBridge's reason in its attributes.
resource "aws_sqs_queue" "undelivered" {
  name                      = "${var.name}-undelivered"
  message_retention_seconds = 14 * 24 * 60 * 60
  region                    = var.region
  sqs_managed_sse_enabled   = true
  tags                      = var.tags
}

resource "aws_sqs_queue_policy" "undelivered" {
  queue_url = aws_sqs_queue.undelivered.url
  region    = var.region

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Rule"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = aws_sqs_queue.undelivered.arn
        Condition = { ArnEquals = { "aws:SourceArn" = aws_cloudwatch_event_rule.this.arn } }
      },
      {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = aws_sqs_queue.undelivered.arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

# The bridge can't see this account's queue: whoever owns the bucket is told.
resource "aws_cloudwatch_metric_alarm" "undelivered" {
  count = length(var.alarm_topic_arns) > 0 ? 1 : 0

  alarm_name          = "${var.name}/undelivered"
  alarm_description   = "Events of new objects could not be forwarded to ${var.forwarding.bus_arn}, so that the bridge doesn't know of them. The messages in ${aws_sqs_queue.undelivered.name} say why; once it is mended, the bridge's operator finds the objects: bridge reconcile"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  comparison_operator = "GreaterThanThreshold"
  dimensions          = { QueueName = aws_sqs_queue.undelivered.name }
  evaluation_periods  = 1
  metric_name         = "ApproximateNumberOfMessagesVisible"
  namespace           = "AWS/SQS"
  period              = 300
  region              = var.region
  statistic           = "Maximum"
  tags                = var.tags
  threshold           = 0
  treat_missing_data  = "notBreaching"
}

resource "aws_cloudwatch_event_target" "this" {
  rule      = aws_cloudwatch_event_rule.this.name
  target_id = "bridge"
  arn       = var.forwarding.bus_arn
  region    = var.region
  role_arn  = aws_iam_role.this.arn

  dead_letter_config {
    arn = aws_sqs_queue.undelivered.arn
  }

  depends_on = [aws_sqs_queue_policy.undelivered]
}

resource "aws_iam_role" "this" {
  name        = "${var.name}-events"
  description = "Lets EventBridge send to the bridge's event bus."
  tags        = var.tags

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "events.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy" "this" {
  name = "put-events"
  role = aws_iam_role.this.name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "events:PutEvents", Resource = var.forwarding.bus_arn }]
  })
}
