locals {
  queues = {
    dead_letters = aws_sqs_queue.dead_letters
    events       = aws_sqs_queue.events
    undelivered  = aws_sqs_queue.undelivered
  }

  # EventBridge sends to two of them, for this bridge's push rules alone. Nobody comes without TLS.
  queue_policies = {
    for role, queue in local.queues : role => {
      Version = "2012-10-17"
      Statement = [
        for statement in [
          {
            Sid       = "PushRules"
            Effect    = "Allow"
            Principal = { Service = "events.amazonaws.com" }
            Action    = "sqs:SendMessage"
            Resource  = queue.arn
            Condition = { ArnLike = { "aws:SourceArn" = "${local.rules_arn}-push-*" } }
          },
          {
            Sid       = "TlsOnly"
            Effect    = "Deny"
            Principal = "*"
            Action    = "sqs:*"
            Resource  = queue.arn
            Condition = { Bool = { "aws:SecureTransport" = "false" } }
          },
        ] : statement if role != "dead_letters" || statement.Sid == "TlsOnly"
      ]
    }
  }

  fourteen_days = 14 * 24 * 60 * 60
}

# Events on their way into the journal.
resource "aws_sqs_queue" "events" {
  name                      = "${var.name}-events"
  message_retention_seconds = local.fourteen_days
  sqs_managed_sse_enabled   = true
  # Lambda asks for six times the function's time-out, so that a batch that is throttled or tried again stays hidden.
  # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
  visibility_timeout_seconds = 6 * var.timeout
  tags                       = var.tags

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = 5
  })
}

# Events that the function could not take into the journal.
resource "aws_sqs_queue" "dead_letters" {
  name                      = "${var.name}-dead-letters"
  message_retention_seconds = local.fourteen_days
  sqs_managed_sse_enabled   = true
  tags                      = var.tags
}

# Events that EventBridge could not put into the queue. Apart from the dead letters, because the two call for different
# remedies, and because these carry EventBridge's reason in their attributes.
resource "aws_sqs_queue" "undelivered" {
  name                      = "${var.name}-undelivered"
  message_retention_seconds = local.fourteen_days
  sqs_managed_sse_enabled   = true
  tags                      = var.tags
}

resource "aws_sqs_queue_policy" "this" {
  for_each = local.queues

  queue_url = each.value.url
  policy    = jsonencode(local.queue_policies[each.key])
}

resource "aws_sqs_queue_redrive_allow_policy" "dead_letters" {
  queue_url = aws_sqs_queue.dead_letters.url
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.events.arn]
  })
}
