variable "egress" {
  type = object({
    allocation_ids = optional(list(string), [])
    cidr_block     = optional(string, "10.86.0.0/24")
    nat_per_zone   = optional(bool, false)
    zones          = optional(number, 2)
  })
  description = <<-EOT
    Makes a network whose way out has a fixed address, for partners that admit a list of addresses; `{}` is enough. The
    output `egress_addresses` is what to put on the list. It costs about $37 a month (docs/networks.md).

    - `allocation_ids`: elastic addresses of your own, which outlive the bridge; new ones where empty.
    - `cidr_block`: range of the VPC (10.86.0.0/24).
    - `nat_per_zone`: a NAT gateway, and so an address, in each zone (false: one for all).
    - `zones`: availability zones that the function runs in (2).
  EOT
  default     = null

  validation {
    condition     = var.egress == null || var.vpc == null
    error_message = "egress makes a network and vpc names one, and a function is in one of them. Leave one out."
  }
}

variable "vpc" {
  type = object({
    check_routes       = optional(bool, true)
    security_group_ids = list(string)
    subnet_ids         = list(string)
  })
  description = <<-EOT
    The network of yours that the function runs in.

    - `subnet_ids`: private subnets with a route to a NAT gateway or the like.
    - `security_group_ids`: they have to let out to the partners' ports and to HTTPS, which the AWS APIs need.
    - `check_routes`: whether the plan checks the way out (true). False for a network that reaches partners and AWS
      without one, through peerings, and endpoints of S3, DynamoDB, your secrets, SQS and, for more than eight partners, Lambda;
      with `events`, EventBridge.
  EOT
  default     = null

  validation {
    condition     = alltrue([for vpc in var.vpc[*] : contains(range(1, 17), length(vpc.subnet_ids)) && contains(range(1, 6), length(vpc.security_group_ids))])
    error_message = "vpc needs 1 to 16 subnet_ids and 1 to 5 security_group_ids, as Lambda does."
  }

  validation {
    condition = alltrue(flatten([
      for vpc in var.vpc[*] : [
        [for id in vpc.subnet_ids : can(regex("^subnet-[0-9a-f]+$", id))],
        [for id in vpc.security_group_ids : can(regex("^sg-[0-9a-f]+$", id))],
      ]
    ]))
    error_message = "vpc: subnet_ids are subnet-… and security_group_ids sg-…: IDs, not names or ARNs."
  }
}
