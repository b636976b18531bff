# An execution of a state machine of yours for each file that failed, e.g. one that opens a ticket and waits for its end.
locals {
  state_machines = var.state_machine_arn == null ? {} : { failures = var.state_machine_arn }
}

resource "aws_iam_role" "state_machine" {
  for_each = local.state_machines

  name = "${var.name}-${each.key}-${local.region}"

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

resource "aws_iam_role_policy" "state_machine" {
  for_each = local.state_machines

  name = "start"
  role = aws_iam_role.state_machine[each.key].id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "states:StartExecution", Resource = each.value }]
  })
}

resource "aws_cloudwatch_event_rule" "state_machine" {
  for_each = local.state_machines

  name           = "${var.name}-${each.key}"
  description    = "Files that failed, for a state machine."
  event_bus_name = aws_cloudwatch_event_bus.files.name
  event_pattern = jsonencode({
    source      = [module.bridge.event_source]
    detail-type = ["Push Failed", "Pull Failed"]
  })
}

resource "aws_cloudwatch_event_target" "state_machine" {
  for_each = local.state_machines

  rule           = aws_cloudwatch_event_rule.state_machine[each.key].name
  event_bus_name = aws_cloudwatch_event_bus.files.name
  target_id      = "state-machine"
  arn            = each.value
  role_arn       = aws_iam_role.state_machine[each.key].arn

  dead_letter_config {
    arn = aws_sqs_queue.untold.arn
  }
}
