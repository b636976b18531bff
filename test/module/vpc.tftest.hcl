# Subnets of a user's own that the function could reach nothing from are refused by the plan.
mock_provider "aws" {
  mock_data "aws_subnet" {
    defaults = { vpc_id = "vpc-1", ipv6_native = false }
  }

  mock_data "aws_security_group" {
    defaults = { vpc_id = "vpc-1" }
  }

  mock_data "aws_route_tables" {
    defaults = { ids = ["rtb-1"] }
  }

  mock_data "aws_route_table" {
    defaults = { route_table_id = "rtb-1", routes = [{ cidr_block = "0.0.0.0/0", ipv6_cidr_block = "", nat_gateway_id = "nat-1", gateway_id = "", carrier_gateway_id = "", core_network_arn = "", destination_prefix_list_id = "", egress_only_gateway_id = "", instance_id = "", local_gateway_id = "", network_interface_id = "", odb_network_arn = "", transit_gateway_id = "", vpc_endpoint_id = "", vpc_peering_connection_id = "" }] }
  }
}

variables {
  subnet_ids         = ["subnet-1", "subnet-2"]
  security_group_ids = ["sg-1"]
  check_routes       = true
}

run "private_subnets_with_a_way_out" {
  command = plan

  module {
    source = "./modules/vpc"
  }
}

run "a_subnet_with_ipv6_alone" {
  command = plan

  module {
    source = "./modules/vpc"
  }

  override_data {
    target = data.aws_subnet.this
    values = { vpc_id = "vpc-1", ipv6_native = true }
  }

  expect_failures = [data.aws_subnet.this]
}

run "a_way_out_by_ipv6_alone" {
  command = plan

  module {
    source = "./modules/vpc"
  }

  override_data {
    target = data.aws_route_table.this
    values = { route_table_id = "rtb-1", routes = [{ cidr_block = "10.0.0.0/16", ipv6_cidr_block = "", nat_gateway_id = "", gateway_id = "local", carrier_gateway_id = "", core_network_arn = "", destination_prefix_list_id = "", egress_only_gateway_id = "", instance_id = "", local_gateway_id = "", network_interface_id = "", odb_network_arn = "", transit_gateway_id = "", vpc_endpoint_id = "", vpc_peering_connection_id = "" }, { cidr_block = "", ipv6_cidr_block = "::/0", nat_gateway_id = "", gateway_id = "", carrier_gateway_id = "", core_network_arn = "", destination_prefix_list_id = "", egress_only_gateway_id = "eigw-1", instance_id = "", local_gateway_id = "", network_interface_id = "", odb_network_arn = "", transit_gateway_id = "", vpc_endpoint_id = "", vpc_peering_connection_id = "" }] }
  }

  expect_failures = [data.aws_route_table.this]
}

run "no_way_out" {
  command = plan

  module {
    source = "./modules/vpc"
  }

  override_data {
    target = data.aws_route_table.this
    values = { route_table_id = "rtb-1", routes = [{ cidr_block = "10.0.0.0/16", ipv6_cidr_block = "", nat_gateway_id = "", gateway_id = "local", carrier_gateway_id = "", core_network_arn = "", destination_prefix_list_id = "", egress_only_gateway_id = "", instance_id = "", local_gateway_id = "", network_interface_id = "", odb_network_arn = "", transit_gateway_id = "", vpc_endpoint_id = "", vpc_peering_connection_id = "" }] }
  }

  expect_failures = [data.aws_route_table.this]
}

run "both_families" {
  command = plan

  module {
    source = "./modules/vpc"
  }

  override_data {
    target = data.aws_route_table.this
    values = { route_table_id = "rtb-1", routes = [{ cidr_block = "10.0.0.0/16", ipv6_cidr_block = "", nat_gateway_id = "", gateway_id = "local", carrier_gateway_id = "", core_network_arn = "", destination_prefix_list_id = "", egress_only_gateway_id = "", instance_id = "", local_gateway_id = "", network_interface_id = "", odb_network_arn = "", transit_gateway_id = "", vpc_endpoint_id = "", vpc_peering_connection_id = "" }, { cidr_block = "0.0.0.0/0", ipv6_cidr_block = "", nat_gateway_id = "nat-1", gateway_id = "", carrier_gateway_id = "", core_network_arn = "", destination_prefix_list_id = "", egress_only_gateway_id = "", instance_id = "", local_gateway_id = "", network_interface_id = "", odb_network_arn = "", transit_gateway_id = "", vpc_endpoint_id = "", vpc_peering_connection_id = "" }, { cidr_block = "", ipv6_cidr_block = "::/0", nat_gateway_id = "", gateway_id = "", carrier_gateway_id = "", core_network_arn = "", destination_prefix_list_id = "", egress_only_gateway_id = "eigw-1", instance_id = "", local_gateway_id = "", network_interface_id = "", odb_network_arn = "", transit_gateway_id = "", vpc_endpoint_id = "", vpc_peering_connection_id = "" }] }
  }
}

run "a_public_subnet" {
  command = plan

  module {
    source = "./modules/vpc"
  }

  override_data {
    target = data.aws_route_table.this
    values = { route_table_id = "rtb-1", routes = [{ cidr_block = "10.0.0.0/16", ipv6_cidr_block = "", nat_gateway_id = "", gateway_id = "local", carrier_gateway_id = "", core_network_arn = "", destination_prefix_list_id = "", egress_only_gateway_id = "", instance_id = "", local_gateway_id = "", network_interface_id = "", odb_network_arn = "", transit_gateway_id = "", vpc_endpoint_id = "", vpc_peering_connection_id = "" }, { cidr_block = "0.0.0.0/0", ipv6_cidr_block = "", nat_gateway_id = "", gateway_id = "igw-1", carrier_gateway_id = "", core_network_arn = "", destination_prefix_list_id = "", egress_only_gateway_id = "", instance_id = "", local_gateway_id = "", network_interface_id = "", odb_network_arn = "", transit_gateway_id = "", vpc_endpoint_id = "", vpc_peering_connection_id = "" }] }
  }

  expect_failures = [data.aws_route_table.this]
}

run "routes_that_arent_to_be_looked_at" {
  command = plan

  module {
    source = "./modules/vpc"
  }

  variables {
    check_routes = false
  }

  override_data {
    target = data.aws_route_table.this
    values = { route_table_id = "rtb-1", routes = [{ cidr_block = "10.0.0.0/16", ipv6_cidr_block = "", nat_gateway_id = "", gateway_id = "local", carrier_gateway_id = "", core_network_arn = "", destination_prefix_list_id = "", egress_only_gateway_id = "", instance_id = "", local_gateway_id = "", network_interface_id = "", odb_network_arn = "", transit_gateway_id = "", vpc_endpoint_id = "", vpc_peering_connection_id = "" }] }
  }
}

run "a_security_group_of_another_vpc" {
  command = plan

  module {
    source = "./modules/vpc"
  }

  override_data {
    target = data.aws_security_group.this
    values = { vpc_id = "vpc-2" }
  }

  expect_failures = [data.aws_security_group.this]
}
