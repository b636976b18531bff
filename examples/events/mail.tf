# A mail for each file that was delivered or failed, in words.
resource "aws_sns_topic" "mail" {
  # checkov:skip=CKV_AWS_26: EventBridge can't publish under alias/aws/sns, and a key of one's own has to let it in; mails leave AWS in the clear anyway
  name = "${var.name}-receipts"
}

resource "aws_sns_topic_policy" "mail" {
  arn = aws_sns_topic.mail.arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Rule"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.mail.arn
      Condition = { ArnEquals = { "aws:SourceArn" = aws_cloudwatch_event_rule.mail.arn } }
    }]
  })
}

resource "aws_sns_topic_subscription" "mail" {
  for_each = var.email_addresses

  topic_arn = aws_sns_topic.mail.arn
  protocol  = "email"
  endpoint  = each.value
}

resource "aws_cloudwatch_event_rule" "mail" {
  name           = "${var.name}-mail"
  description    = "Files that were delivered or failed, for whoever gets mail."
  event_bus_name = aws_cloudwatch_event_bus.files.name
  event_pattern = jsonencode({
    source      = [module.bridge.event_source]
    detail-type = ["Push Delivered", "Push Failed"]
  })
}

resource "aws_cloudwatch_event_target" "mail" {
  rule           = aws_cloudwatch_event_rule.mail.name
  event_bus_name = aws_cloudwatch_event_bus.files.name
  target_id      = "topic"
  arn            = aws_sns_topic.mail.arn

  dead_letter_config {
    arn = aws_sqs_queue.untold.arn
  }

  input_transformer {
    input_paths = {
      path     = "$.detail.path"
      revision = "$.detail.revision"
      stream   = "$.detail.stream"
      what     = "$.detail-type"
    }
    # What an event lacks would be an empty text: a failure has no checksum, a delivery no error.
    input_template = "\"<what>: <path> of stream <stream> (revision <revision>)\""
  }
}
