output "archives" {
  description = "Where the files arrive that the partner's archives have inside."
  value       = "s3://${module.bridge.streams.acme-archives.pull.bucket}/${module.bridge.streams.acme-archives.pull.prefix}"
}

output "bridge" {
  description = "Everything that the bridge gives out."
  value       = module.bridge
}

output "files" {
  description = "Where the partner's files arrive, decrypted."
  value       = "s3://${module.bridge.streams.acme.pull.bucket}/${module.bridge.streams.acme.pull.prefix}"
}

output "upload_to" {
  description = "Where to put files for the partner, in the clear."
  value       = "s3://${module.bridge.streams.acme.push.bucket}/${module.bridge.streams.acme.push.prefix}"
}
