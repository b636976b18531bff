output "alarm_arns" {
  description = "ARNs of all alarms, by name without the bridge's."
  value = merge(
    { for key, alarm in aws_cloudwatch_metric_alarm.bridge : key => alarm.arn },
    { for key, alarm in aws_cloudwatch_metric_alarm.rule : key => alarm.arn },
    { for key, alarm in aws_cloudwatch_metric_alarm.stream : key => alarm.arn },
  )
}

output "dashboard_name" {
  description = "Name of the dashboard; null where there is none."
  value       = one(aws_cloudwatch_dashboard.this[*].dashboard_name)
}

output "topic_arn" {
  description = "ARN of the topic that the module made; null where it made none."
  value       = one(aws_sns_topic.this[*].arn)
}
