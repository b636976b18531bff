output "addresses" {
  description = "The addresses that partners see, to be put on their allow-lists."
  value       = length(var.allocation_ids) > 0 ? data.aws_eip.given[*].public_ip : aws_eip.this[*].public_ip
}

# Whoever uses the network comes after everything that makes it work, and goes before it: a function that is still moving a
# file when `destroy` begins keeps its way out until it is gone.
output "network" {
  description = "`subnet_ids` and `security_group_ids` in one, as the root module's `vpc` takes them."
  value       = { security_group_ids = [aws_security_group.this.id], subnet_ids = aws_subnet.private[*].id }

  depends_on = [
    aws_route.nat,
    aws_route_table_association.private,
    aws_vpc_endpoint.gateway,
  ]
}

output "route_table_ids" {
  description = "The private subnets' route tables, for endpoints and routes of your own."
  value       = aws_route_table.private[*].id
}

output "security_group_ids" {
  description = "The security group for the function, in a list."
  value       = [aws_security_group.this.id]
}

output "subnet_ids" {
  description = "The private subnets, given out when they have a way out, for the same reason."
  value       = aws_subnet.private[*].id

  depends_on = [
    aws_route.nat,
    aws_route_table_association.private,
    aws_vpc_endpoint.gateway,
  ]
}

output "vpc_id" {
  description = "The VPC."
  value       = aws_vpc.this.id
}
