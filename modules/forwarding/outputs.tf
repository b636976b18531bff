output "rule_arn" {
  description = "ARN of the rule."
  value       = aws_cloudwatch_event_rule.this.arn
}

output "undelivered_queue_url" {
  description = "Queue of events that could not be forwarded."
  value       = aws_sqs_queue.undelivered.url
}
