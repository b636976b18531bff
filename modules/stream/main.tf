locals {
  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
  pattern = var.push == null ? null : {
    source        = ["aws.s3"]
    "detail-type" = ["Object Created"]
    detail = merge(
      { bucket = { name = [var.push.bucket] } },
      var.push.prefix == "" ? {} : { object = { key = [{ prefix = var.push.prefix }] } },
    )
  }
}

# Its state is set, so that a plan shows a rule that was turned off by hand.
resource "aws_cloudwatch_event_rule" "push" {
  count = var.push == null ? 0 : 1

  name          = var.rule_names.push
  description   = "Objects that arrive for stream ${var.name} go to the bridge's queue."
  event_pattern = jsonencode(local.pattern)
  state         = "ENABLED"
  tags          = var.tags
}

resource "aws_cloudwatch_event_target" "push" {
  count = var.push == null ? 0 : 1

  rule      = aws_cloudwatch_event_rule.push[0].name
  target_id = "queue"
  arn       = var.bridge.queue_arn

  dead_letter_config {
    arn = var.bridge.undelivered_queue_arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 86400
    maximum_retry_attempts       = 185
  }
}

# Its state is set, so that a plan shows a rule that was turned off by hand.
resource "aws_cloudwatch_event_rule" "poll" {
  count = var.pull == null ? 0 : 1

  name                = var.rule_names.poll
  description         = "Polls for files of stream ${var.name} at the partner."
  schedule_expression = var.pull.schedule
  state               = "ENABLED"
  tags                = var.tags
}

resource "aws_cloudwatch_event_target" "poll" {
  count = var.pull == null ? 0 : 1

  rule      = aws_cloudwatch_event_rule.poll[0].name
  target_id = "function"
  arn       = var.bridge.schedule_arn
  input     = jsonencode({ action = "poll", streams = [var.name] })

  # The next poll does what a lost one would have done, so that none is repeated, nor kept for later.
  retry_policy {
    maximum_event_age_in_seconds = min(86400, coalesce(var.pull.interval_seconds, 900))
    maximum_retry_attempts       = 0
  }
}
