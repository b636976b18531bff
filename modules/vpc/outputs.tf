output "network" {
  description = "The network, given out once it is checked."
  value       = { security_group_ids = var.security_group_ids, subnet_ids = var.subnet_ids }

  depends_on = [data.aws_route_table.this, data.aws_security_group.this]
}
