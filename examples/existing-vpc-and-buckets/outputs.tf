output "bridge" {
  description = "Everything that the bridge gives out."
  value       = module.bridge
}
