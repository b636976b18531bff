output "bridge" {
  description = "Everything that the bridge gives out."
  value       = module.bridge
}

output "files" {
  description = "Where the partner's files arrive."
  value       = "s3://${module.bridge.streams.acme.pull.bucket}/${module.bridge.streams.acme.pull.prefix}"
}

output "upload_to" {
  description = "Where files for the partner are put."
  value       = "s3://${module.bridge.streams.acme.push.bucket}/${module.bridge.streams.acme.push.prefix}"
}
