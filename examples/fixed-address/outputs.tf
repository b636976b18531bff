output "addresses" {
  description = "What the partner has to put on its allow-list."
  value       = module.bridge.egress_addresses
}

output "bridge" {
  description = "Everything that the bridge gives out."
  value       = module.bridge
}
