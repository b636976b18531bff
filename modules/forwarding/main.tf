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

resource "aws_cloudwatch_event_target" "this" {
  rule      = aws_cloudwatch_event_rule.this.name
  target_id = "bridge"
  arn       = var.forwarding.bus_arn
  region    = var.region
  role_arn  = aws_iam_role.this.arn
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
