output "bridge" {
  description = "What the streams' rules belong to and send to."
  value = {
    name                  = var.name
    queue_arn             = aws_sqs_queue.events.arn
    schedule_arn          = aws_lambda_alias.this["schedule"].arn
    undelivered_queue_arn = aws_sqs_queue.undelivered.arn
  }
}

output "config" {
  description = "Where the function's configuration is: `bucket` and `key`."
  value       = { bucket = module.config_bucket.name, key = aws_s3_object.config.key }
}

output "dead_letter_queue_url" {
  description = "Queue of events that the function could not take into the journal."
  value       = aws_sqs_queue.dead_letters.url
}

output "function_arn" {
  description = "ARN of the function."
  value       = aws_lambda_function.this.arn
}

output "function_name" {
  description = "Name of the function."
  value       = aws_lambda_function.this.function_name
}

output "log_group_name" {
  description = "Log group of the function."
  value       = aws_cloudwatch_log_group.this.name
}

output "operator_policies" {
  description = "Policies for operators, as JSON: `read` for what changes nothing, `operate` for all, `journal` for the console's files."
  value       = local.operator_policies
}

output "queue_url" {
  description = "Queue of events on their way into the journal."
  value       = aws_sqs_queue.events.url
}

output "read_arn" {
  description = "ARN of the alias by which can be looked and nothing changed."
  value       = aws_lambda_alias.this["read"].arn
}

output "role_arn" {
  description = "ARN of the function's role."
  value       = aws_iam_role.this.arn
}

output "role_name" {
  description = "Name of the function's role."
  value       = aws_iam_role.this.name
}

output "schedule_arn" {
  description = "ARN of the alias that schedule rules have as their target."
  value       = aws_lambda_alias.this["schedule"].arn
}

output "table_name" {
  description = "Name of the journal's table."
  value       = aws_dynamodb_table.journal.name
}

output "undelivered_queue_url" {
  description = "Queue of events that EventBridge could not deliver."
  value       = aws_sqs_queue.undelivered.url
}

output "queue_names" {
  description = "Names of the queues: `events` on their way, and those that got stuck, `dead_letters` and `undelivered`."
  value       = { dead_letters = aws_sqs_queue.dead_letters.name, events = aws_sqs_queue.events.name, undelivered = aws_sqs_queue.undelivered.name }
}

output "tick_rule_name" {
  description = "Name of the rule that runs the function each minute."
  value       = aws_cloudwatch_event_rule.tick.name
}

output "widened" {
  description = "What is permitted more widely than by name, because there are too many names for a policy; empty where nothing is."
  value       = local.widened
}

output "staging" {
  description = "Where files lie that the gate of a pull holds or has rejected: `bucket`, `gate_prefix` and `quarantine_prefix`."
  value       = { bucket = module.config_bucket.name, gate_prefix = local.gate_prefix, quarantine_prefix = local.quarantine_prefix }
}
