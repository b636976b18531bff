variable "arns" {
  type        = list(string)
  description = "ARNs that a policy should name. They may end in a wildcard."
  nullable    = false
}
