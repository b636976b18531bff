variable "check_routes" {
  type        = bool
  description = "Whether to check the subnets' way out."
  nullable    = false
}

variable "security_group_ids" {
  type        = list(string)
  description = "The function's security groups."
  nullable    = false
}

variable "subnet_ids" {
  type        = list(string)
  description = "The function's subnets."
  nullable    = false
}
