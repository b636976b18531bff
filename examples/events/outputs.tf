output "bridge" {
  description = "Everything that the bridge gives out."
  value       = module.bridge
}

output "mail_topic_arn" {
  description = "Topic of the mails."
  value       = aws_sns_topic.mail.arn
}

output "upload_to" {
  description = "Where to put files for the partner."
  value       = "s3://${module.bridge.streams.acme.push.bucket}/${module.bridge.streams.acme.push.prefix}"
}
