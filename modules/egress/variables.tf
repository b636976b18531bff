variable "allocation_ids" {
  type        = list(string)
  description = "Elastic addresses of your own (`eipalloc-…`), one per NAT gateway. They outlive this network, so that a partner's allow-list does too. Empty makes new ones."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.allocation_ids : can(regex("^eipalloc-[0-9a-f]+$", id))])
    error_message = "egress, allocation_ids: ${join(", ", var.allocation_ids)}: each has to be the allocation ID of an elastic address, eipalloc-…, and not the address itself: `aws ec2 describe-addresses --query 'Addresses[].[PublicIp,AllocationId]'` shows both."
  }

  validation {
    condition     = contains([0, var.nat_per_zone ? var.zones : 1], length(var.allocation_ids))
    error_message = "egress, allocation_ids: ${length(var.allocation_ids)} given, but there ${var.nat_per_zone ? "are ${var.zones} NAT gateways (nat_per_zone, zones = ${var.zones})" : "is 1 NAT gateway"}. Give one for each, or none and let the module make them."
  }
}

variable "cidr_block" {
  type        = string
  description = "Range of the VPC, /16 to /25. It matters only if the VPC is to be connected with others."
  default     = "10.86.0.0/24"
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.cidr_block)) && can(regex("/(1[6-9]|2[0-5])$", var.cidr_block)) ? cidrhost(var.cidr_block, 0) == split("/", var.cidr_block)[0] : false
    error_message = "egress, cidr_block: \"${var.cidr_block}\" is not an IPv4 range from /16 to /25 that begins at its first address. Give e.g. \"10.86.0.0/24\"."
  }
}

variable "destinations" {
  type        = list(object({ host = string, port = number, ranges = optional(list(string)) }))
  description = "Where the function has to get to: hosts (names or IPv4 addresses), ports, and the ranges that a name may lead to, where they are known. The security group lets out to these, and to HTTPS, which the AWS APIs need."
  nullable    = false

  validation {
    condition     = alltrue([for destination in var.destinations : !strcontains(destination.host, ":")])
    error_message = "egress: ${join(", ", [for destination in var.destinations : destination.host if strcontains(destination.host, ":")])}: an IPv6 address can't be reached through a NAT gateway, which has an IPv4 address. Give the partner's IPv4 address or name."
  }

  validation {
    condition     = alltrue([for destination in var.destinations : destination.port == min(max(floor(destination.port), 1), 65535)])
    error_message = "egress, destinations: ${join(", ", [for destination in var.destinations : destination.port])}: each port has to be a whole number from 1 to 65535."
  }
}

variable "name" {
  type        = string
  description = "What the network is called."
  nullable    = false

  # A security group's name has 255 characters of a limited set; the bridge's own names are shorter.
  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$", var.name)) && !startswith(var.name, "sg-")
    error_message = "egress, name: \"${var.name}\" has to be 1 to 128 letters, digits, hyphens and underscores, and may not begin with sg-."
  }
}

variable "nat_per_zone" {
  type        = bool
  description = "Whether each zone has a NAT gateway, and so an address, of its own. With one for all, nothing moves while its zone is down."
  default     = false
  nullable    = false
}

variable "tags" {
  type        = map(string)
  description = "Tags of everything that can have some."
  default     = {}
  nullable    = false
}

variable "zones" {
  type        = number
  description = "In how many availability zones the function runs."
  default     = 2
  nullable    = false

  validation {
    condition     = contains([1, 2, 3, 4], var.zones)
    error_message = "egress, zones: ${var.zones} is not a whole number from 1 to 4."
  }
}
