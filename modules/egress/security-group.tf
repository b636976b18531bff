locals {
  # A name may lead to another address tomorrow, so that only an address that was given as one, and ranges that the function
  # holds it to, can be written into a rule. A NAT gateway has no IPv6.
  ranges_by_port = {
    for destination in distinct(var.destinations) : destination.port => (
      can(cidrhost("${destination.host}/32", 0)) ? ["${destination.host}/32"] :
      destination.ranges == null ? ["0.0.0.0/0"] : [for range in destination.ranges : range if !strcontains(range, ":")]
    )...
  }

  # What is open to all anyway needs no other range beside it.
  rules = {
    for port, ranges in merge(local.ranges_by_port, { 443 = [["0.0.0.0/0"]] }) : port => (
      contains(flatten(ranges), "0.0.0.0/0") ? ["0.0.0.0/0"] : sort(distinct(flatten(ranges)))
    )
  }

  # https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
  rule_limit = 60
}

# The rules are written inside: they are a set, so that streams that share a host and port come out as one rule, and hosts
# that only an apply knows need no keys of their own.
resource "aws_security_group" "this" {
  # checkov:skip=CKV2_AWS_5: the function is attached to it, by the module that uses this one
  # checkov:skip=CKV_AWS_382: only the ports of the partners, and HTTPS
  name        = "${var.name}-function"
  description = "Out to the partners of ${var.name} and to the AWS APIs; nothing in."
  ingress     = []
  vpc_id      = aws_vpc.this.id
  tags        = merge(var.tags, { Name = "${var.name}-function" })

  dynamic "egress" {
    for_each = local.rules

    content {
      cidr_blocks = egress.value
      description = egress.key == "443" ? "AWS APIs" : "SFTP"
      from_port   = tonumber(egress.key)
      protocol    = "tcp"
      to_port     = tonumber(egress.key)
    }
  }

  lifecycle {
    precondition {
      condition     = alltrue([for port, ranges in local.rules : length(ranges) > 0])
      error_message = "egress: the allowed_addresses of the partners on port ${join(", ", [for port, ranges in local.rules : port if length(ranges) == 0])} are IPv6 alone, which a NAT gateway doesn't reach. Add their IPv4 ranges, or give a network of your own with IPv6 in `vpc`."
    }

    precondition {
      condition     = length(flatten(values(local.rules))) <= local.rule_limit
      error_message = "egress: the streams have ${length(flatten(values(local.rules)))} hosts and ports, and a security group holds ${local.rule_limit} rules. Name the partners by host name where they have one (one rule for all), or give security groups of your own in `vpc`."
    }
  }
}
