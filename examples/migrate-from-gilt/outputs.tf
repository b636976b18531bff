output "bridge" {
  description = "Everything that the bridge gives out."
  value       = module.bridge
}

output "schedule_arn" {
  description = "What the rules that stay have to call."
  value       = module.bridge.schedule_arn
}
