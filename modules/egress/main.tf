data "aws_availability_zones" "available" {
  # checkov:skip=CKV_AWS_394:Only the first zones are taken, as many as there are subnets; a zone that AWS adds changes none of them.
  state = "available"

  # Local Zones and Wavelength Zones, which an account may have opted into, run neither Lambda nor NAT gateways.
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

data "aws_region" "current" {}

locals {
  # By number and not by name: how many there are is known before the account is asked.
  nats = range(var.nat_per_zone ? var.zones : 1)
}

resource "aws_vpc" "this" {
  # checkov:skip=CKV2_AWS_11: what leaves is bounded by the security group; flow logs have a cost per gigabyte and are the user's decision
  cidr_block           = var.cidr_block
  enable_dns_hostnames = true
  enable_dns_support   = true
  tags                 = merge(var.tags, { Name = var.name })

  lifecycle {
    precondition {
      condition     = length(data.aws_availability_zones.available.names) >= var.zones
      error_message = "egress, zones: ${data.aws_region.current.region} has ${length(data.aws_availability_zones.available.names)} availability zones, and ${var.zones} are asked for. Give a smaller number."
    }
  }
}

# A VPC comes with a security group that lets everything through between its members. Nothing is in it here, and nothing gets in.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id
  tags   = merge(var.tags, { Name = "${var.name}-unused" })
}

# ── public: the NAT gateways ──
resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
  tags   = merge(var.tags, { Name = var.name })
}

resource "aws_subnet" "public" {
  count = length(local.nats)

  availability_zone = data.aws_availability_zones.available.names[count.index]
  # The second half of the range, so that the zones can become more without moving what is there.
  cidr_block = cidrsubnet(var.cidr_block, 3, 4 + count.index)
  vpc_id     = aws_vpc.this.id
  tags       = merge(var.tags, { Name = "${var.name}-public-${count.index}" })
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id
  tags   = merge(var.tags, { Name = "${var.name}-public" })
}

resource "aws_route" "internet" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this.id
}

resource "aws_route_table_association" "public" {
  count = length(local.nats)

  route_table_id = aws_route_table.public.id
  subnet_id      = aws_subnet.public[count.index].id
}

resource "aws_eip" "this" {
  # checkov:skip=CKV2_AWS_19: the addresses are for NAT gateways, not for instances
  count = length(var.allocation_ids) > 0 ? 0 : length(local.nats)

  domain = "vpc"
  tags   = merge(var.tags, { Name = "${var.name}-${count.index}" })

  # AWS refuses to take an address back while the gateway to the internet is being detached from under it.
  depends_on = [aws_internet_gateway.this]
}

data "aws_eip" "given" {
  count = length(var.allocation_ids)

  id = var.allocation_ids[count.index]
}

resource "aws_nat_gateway" "this" {
  count = length(local.nats)

  allocation_id = length(var.allocation_ids) > 0 ? var.allocation_ids[count.index] : aws_eip.this[count.index].id
  subnet_id     = aws_subnet.public[count.index].id
  tags          = merge(var.tags, { Name = "${var.name}-${count.index}" })

  # A NAT gateway that is made before its subnet leads to the internet has no connection, and goes into the state "failed".
  depends_on = [aws_route.internet, aws_route_table_association.public]
}

# ── private: the function ──
resource "aws_subnet" "private" {
  count = var.zones

  availability_zone = data.aws_availability_zones.available.names[count.index]
  cidr_block        = cidrsubnet(var.cidr_block, 3, count.index)
  vpc_id            = aws_vpc.this.id
  tags              = merge(var.tags, { Name = "${var.name}-private-${count.index}" })
}

resource "aws_route_table" "private" {
  count = var.zones

  vpc_id = aws_vpc.this.id
  tags   = merge(var.tags, { Name = "${var.name}-private-${count.index}" })
}

resource "aws_route" "nat" {
  count = var.zones

  route_table_id         = aws_route_table.private[count.index].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this[var.nat_per_zone ? count.index : 0].id
}

resource "aws_route_table_association" "private" {
  count = var.zones

  route_table_id = aws_route_table.private[count.index].id
  subnet_id      = aws_subnet.private[count.index].id
}

# These cost nothing, and a byte that goes through the NAT gateway does: files go to and from S3 this way, and the journal too.
resource "aws_vpc_endpoint" "gateway" {
  for_each = toset(["dynamodb", "s3"])

  service_name      = "com.amazonaws.${data.aws_region.current.region}.${each.key}"
  route_table_ids   = aws_route_table.private[*].id
  vpc_endpoint_type = "Gateway"
  vpc_id            = aws_vpc.this.id
  tags              = merge(var.tags, { Name = "${var.name}-${each.key}" })
}
