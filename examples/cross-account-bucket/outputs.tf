output "bridge" {
  description = "Everything that the bridge gives out."
  value       = module.bridge
}

output "bucket_policy" {
  description = "What the bucket's owner has to allow."
  value       = module.bridge.bucket_policies[var.bucket]
}
