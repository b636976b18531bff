# modules/egress, and how the root uses it or an existing network.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { dns_suffix = "amazonaws.com", partition = "aws" }
  }

  mock_data "aws_region" {
    defaults = { region = "eu-west-1" }
  }

  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:eu-west-1:123456789012:rule/mocked" }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/mocked" }
  }

  mock_resource "aws_cloudwatch_metric_alarm" {
    defaults = { arn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:mocked" }
  }

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-west-1:123456789012:mocked" }
  }

  mock_resource "aws_dynamodb_table" {
    defaults = { arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/mocked" }
  }

  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::123456789012:policy/mocked" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mocked" }
  }

  mock_resource "aws_lambda_alias" {
    defaults = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:mocked:alias" }
  }

  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:mocked" }
  }

  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::mocked" }
  }

  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-west-1:123456789012:mocked", url = "https://sqs.eu-west-1.amazonaws.com/123456789012/mocked" }
  }

  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-west-1a", "eu-west-1b", "eu-west-1c"] }
  }

  mock_data "aws_eip" {
    defaults = { public_ip = "198.51.100.7" }
  }

  mock_data "aws_subnet" {
    defaults = { vpc_id = "vpc-1" }
  }

  mock_data "aws_security_group" {
    defaults = { vpc_id = "vpc-1" }
  }

  mock_data "aws_route_tables" {
    defaults = { ids = ["rtb-1"] }
  }

  mock_data "aws_route_table" {
    defaults = { routes = [{ cidr_block = "0.0.0.0/0", ipv6_cidr_block = "", nat_gateway_id = "nat-1", gateway_id = "", carrier_gateway_id = "", core_network_arn = "", destination_prefix_list_id = "", egress_only_gateway_id = "", instance_id = "", local_gateway_id = "", network_interface_id = "", odb_network_arn = "", transit_gateway_id = "", vpc_endpoint_id = "", vpc_peering_connection_id = "" }] }
  }
}

variables {
  name         = "partner-files"
  destinations = [{ host = "sftp.acme.example", port = 22 }]
  streams = {
    acme = {
      sftp = { host = "198.51.100.20", port = 2222, username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" } }
      push = { s3 = "our-bucket/out/acme", sftp = "inbox" }
    }
  }
}

run "one_address_for_two_zones" {
  module { source = "./modules/egress" }

  assert {
    condition     = length(aws_subnet.private) == 2 && length(aws_subnet.public) == 1 && length(aws_nat_gateway.this) == 1 && length(output.addresses) == 1 && length(output.network.subnet_ids) == 2
    error_message = "Not two private subnets behind one NAT gateway."
  }

  assert {
    condition     = alltrue([for subnet in concat(aws_subnet.private, aws_subnet.public) : subnet.map_public_ip_on_launch != true]) && length(distinct(concat(aws_subnet.private, aws_subnet.public)[*].cidr_block)) == 3
    error_message = "Subnets overlap, or give out public addresses."
  }

  assert {
    condition     = toset(keys(aws_vpc_endpoint.gateway)) == toset(["dynamodb", "s3"]) && aws_vpc_endpoint.gateway["s3"].service_name == "com.amazonaws.eu-west-1.s3"
    error_message = "Bytes to S3 or to the journal would pay for the NAT gateway."
  }
}

run "an_address_for_each_zone" {
  command = plan
  module { source = "./modules/egress" }
  variables {
    nat_per_zone = true
    zones        = 3
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 3 && length(aws_eip.this) == 3
    error_message = "Not one NAT gateway for each zone."
  }
}

run "an_address_of_the_user" {
  module { source = "./modules/egress" }
  variables { allocation_ids = ["eipalloc-0123456789abcdef0"] }

  assert {
    condition     = length(aws_eip.this) == 0 && output.addresses == tolist(["198.51.100.7"]) && aws_nat_gateway.this[0].allocation_id == "eipalloc-0123456789abcdef0"
    error_message = "The user's address is not used, or a second one was made."
  }
}

run "out_to_the_partners_alone" {
  command = plan
  module { source = "./modules/egress" }
  variables {
    destinations = [
      { host = "198.51.100.20", port = 2222 },
      { host = "198.51.100.20", port = 2222 },
      { host = "198.51.100.21", port = 2222 },
      { host = "sftp.acme.example", port = 22 },
      { host = "198.51.100.22", port = 22 },
      { host = "198.51.100.23", port = 443 },
    ]
  }

  assert {
    condition = { for rule in aws_security_group.this.egress : rule.from_port => rule.cidr_blocks } == {
      22   = tolist(["0.0.0.0/0"])
      443  = tolist(["0.0.0.0/0"])
      2222 = tolist(["198.51.100.20/32", "198.51.100.21/32"])
    } && length(aws_security_group.this.ingress) == 0 && alltrue([for rule in aws_security_group.this.egress : rule.protocol == "tcp" && rule.from_port == rule.to_port])
    error_message = "The security group lets out to more or less than the partners and HTTPS: ${jsonencode(aws_security_group.this.egress)}"
  }
}

run "too_many_addresses_for_a_security_group" {
  command = plan
  module { source = "./modules/egress" }
  variables { destinations = [for i in range(60) : { host = "198.51.100.${i}", port = 22 }] }
  expect_failures = [aws_security_group.this]
}

run "more_zones_than_the_region_has" {
  command = plan
  module { source = "./modules/egress" }
  variables { zones = 4 }
  expect_failures = [aws_vpc.this]
}

run "a_number_of_addresses_that_fits_no_gateways" {
  command = plan
  module { source = "./modules/egress" }
  variables {
    allocation_ids = ["eipalloc-0123456789abcdef0"]
    nat_per_zone   = true
  }
  expect_failures = [var.allocation_ids]
}

run "an_address_in_place_of_an_allocation" {
  command = plan
  module { source = "./modules/egress" }
  variables { allocation_ids = ["198.51.100.7"] }
  expect_failures = [var.allocation_ids]
}

run "a_range_that_begins_in_the_middle" {
  command = plan
  module { source = "./modules/egress" }
  variables { cidr_block = "10.86.0.1/24" }
  expect_failures = [var.cidr_block]
}

run "an_ipv6_partner" {
  command = plan
  module { source = "./modules/egress" }
  variables { destinations = [{ host = "2001:db8::1", port = 22 }] }
  expect_failures = [var.destinations]
}

run "the_root_makes_a_network" {
  variables {
    egress     = {}
    monitoring = { alarms = false }
  }

  assert {
    condition     = length(output.egress_addresses) == 1 && length(module.egress) == 1 && length(module.vpc) == 0
    error_message = "There is no network, or its address is not given out."
  }
}

run "the_root_takes_a_network" {
  variables {
    monitoring = { alarms = false }
    vpc        = { subnet_ids = ["subnet-0a", "subnet-0b"], security_group_ids = ["sg-0a"] }
  }

  assert {
    condition     = length(output.egress_addresses) == 0 && length(module.egress) == 0 && module.vpc[0].network.subnet_ids == tolist(["subnet-0a", "subnet-0b"])
    error_message = "The user's network is not used, or another was made."
  }
}

run "the_proxy_and_not_the_partner" {
  command = plan
  variables {
    egress = {}
    streams = {
      acme = {
        sftp = { host = "198.51.100.20", port = 2222, username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, via = { type = "socks5", host = "10.86.0.9" } }
        push = { s3 = "our-bucket/out/acme", sftp = "inbox" }
      }
    }
  }

  assert {
    condition     = length([for destination in local.destinations : destination if destination.host == "10.86.0.9" && destination.port == 1080]) == 1 && length(local.destinations) == 1
    error_message = "The way out isn't to the proxy."
  }
}

run "ranges_that_a_name_is_held_to" {
  command = plan
  module { source = "./modules/egress" }
  variables {
    destinations = [
      { host = "sftp.acme.example", port = 22, ranges = ["198.51.100.0/24", "2001:db8::/32"] },
      { host = "sftp.globex.example", port = 22, ranges = ["203.0.113.7/32"] },
      { host = "sftp.initech.example", port = 2222 },
    ]
  }

  assert {
    condition     = jsonencode({ for rule in aws_security_group.this.egress : rule.from_port => sort(rule.cidr_blocks) }) == jsonencode({ 22 = ["198.51.100.0/24", "203.0.113.7/32"], 2222 = ["0.0.0.0/0"], 443 = ["0.0.0.0/0"] })
    error_message = "Got ${jsonencode({ for rule in aws_security_group.this.egress : rule.from_port => rule.cidr_blocks })}."
  }
}

run "ranges_that_a_nat_gateway_does_not_reach" {
  command = plan
  module { source = "./modules/egress" }
  variables {
    destinations = [{ host = "sftp.acme.example", port = 22, ranges = ["2001:db8::/32"] }]
  }

  expect_failures = [aws_security_group.this]
}
