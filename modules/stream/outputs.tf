output "rule_names" {
  description = "Names of the stream's EventBridge rules: `push` and `poll`, null where there is none."
  value = {
    poll = one(aws_cloudwatch_event_rule.poll[*].name)
    push = one(aws_cloudwatch_event_rule.push[*].name)
  }
}
