# A request to somebody's web service for each file that was delivered. `Idempotency-Key` is for receivers that know it: an
# event may come twice, with the same revision.
locals {
  webhook = var.webhook == null ? {} : { webhook = var.webhook }
}

resource "aws_cloudwatch_event_connection" "webhook" {
  for_each = local.webhook

  name               = "${var.name}-webhook"
  authorization_type = "API_KEY"

  auth_parameters {
    api_key {
      key   = each.value.header
      value = var.webhook_key
    }
  }
}

resource "aws_cloudwatch_event_api_destination" "webhook" {
  for_each = local.webhook

  name                             = "${var.name}-webhook"
  connection_arn                   = aws_cloudwatch_event_connection.webhook[each.key].arn
  invocation_endpoint              = each.value.url
  http_method                      = "POST"
  invocation_rate_limit_per_second = 10
}

resource "aws_iam_role" "webhook" {
  for_each = local.webhook

  name = "${var.name}-webhook-${local.region}"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "webhook" {
  for_each = local.webhook

  name = "webhook"
  role = aws_iam_role.webhook[each.key].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "events:InvokeApiDestination"
      Resource = aws_cloudwatch_event_api_destination.webhook[each.key].arn
    }]
  })
}

resource "aws_cloudwatch_event_rule" "webhook" {
  for_each = local.webhook

  name           = "${var.name}-webhook"
  description    = "Files that were delivered, for a web service."
  event_bus_name = aws_cloudwatch_event_bus.files.name
  event_pattern = jsonencode({
    source      = [module.bridge.event_source]
    detail-type = ["Push Delivered"]
  })
}

resource "aws_cloudwatch_event_target" "webhook" {
  for_each = local.webhook

  rule           = aws_cloudwatch_event_rule.webhook[each.key].name
  event_bus_name = aws_cloudwatch_event_bus.files.name
  target_id      = "webhook"
  arn            = aws_cloudwatch_event_api_destination.webhook[each.key].arn
  role_arn       = aws_iam_role.webhook[each.key].arn
  input_path     = "$.detail"

  dead_letter_config {
    arn = aws_sqs_queue.untold.arn
  }

  http_target {
    header_parameters = { Idempotency-Key = "$.detail.revision" }
  }
}
