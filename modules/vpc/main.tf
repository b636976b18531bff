# By position: how many subnets there are is known even where their IDs come from resources that aren't made yet.
data "aws_subnet" "this" {
  count = length(var.subnet_ids)

  id = var.subnet_ids[count.index]

  lifecycle {
    postcondition {
      condition     = !coalesce(self.ipv6_native, false)
      error_message = "vpc, subnet_ids: ${var.subnet_ids[count.index]} has IPv6 alone, and the function reaches partners and AWS by IPv4. Give subnets with IPv4."
    }
  }
}

# A subnet without a route table of its own goes by the VPC's main one, and AWS finds only one of the two.
data "aws_route_tables" "own" {
  count = var.check_routes ? length(var.subnet_ids) : 0

  vpc_id = data.aws_subnet.this[count.index].vpc_id

  filter {
    name   = "association.subnet-id"
    values = [var.subnet_ids[count.index]]
  }
}

data "aws_route_table" "this" {
  count = var.check_routes ? length(var.subnet_ids) : 0

  vpc_id = data.aws_subnet.this[count.index].vpc_id

  filter {
    name   = length(data.aws_route_tables.own[count.index].ids) > 0 ? "association.subnet-id" : "association.main"
    values = [length(data.aws_route_tables.own[count.index].ids) > 0 ? var.subnet_ids[count.index] : "true"]
  }

  lifecycle {
    # A function outside of a VPC is anywhere; one inside is where these routes lead, and nowhere without them.
    postcondition {
      condition     = anytrue([for route in self.routes : route.cidr_block == "0.0.0.0/0"])
      error_message = "vpc, subnet_ids: ${var.subnet_ids[count.index]} has no route out by IPv4: its route table ${self.route_table_id} leads nowhere beyond the VPC and its endpoints, or by IPv6 alone, which the function doesn't have, so that the function would reach neither AWS nor a partner. Add a route for 0.0.0.0/0 to a NAT gateway, a NAT instance or a transit gateway; for a partner, proxy or jump host (sftp.via) inside of the VPC, set vpc.check_routes = false and see that the endpoints of all AWS services that the function uses are there."
    }

    postcondition {
      condition     = !anytrue([for route in self.routes : startswith(coalesce(route.gateway_id, "-"), "igw-") && route.cidr_block == "0.0.0.0/0"])
      error_message = "vpc, subnet_ids: ${var.subnet_ids[count.index]} is a public subnet: its route table ${self.route_table_id} leads to an internet gateway, which serves only what has a public address, and a function has none. Give private subnets, whose route for 0.0.0.0/0 goes to a NAT gateway."
    }
  }
}

data "aws_security_group" "this" {
  count = length(var.security_group_ids)

  id = var.security_group_ids[count.index]

  lifecycle {
    postcondition {
      condition     = self.vpc_id == data.aws_subnet.this[0].vpc_id
      error_message = "vpc, security_group_ids: ${var.security_group_ids[count.index]} belongs to ${self.vpc_id}, and the subnets to ${data.aws_subnet.this[0].vpc_id}. Give a security group of the subnets' VPC."
    }
  }
}
