variable "destination_bucket" {
  type = object({
    kms_key_arn = optional(string)
    name        = string
  })
  description = "The bucket that gets the partner's files, and the customer-managed key that encrypts it, if there is one."
}

variable "name" {
  type        = string
  description = "Name of the bridge."
  default     = "partner-files"
}

variable "partner" {
  type = object({
    host      = string
    host_keys = list(string)
    port      = optional(number, 22)
    username  = string
  })
  description = "The partner's server, and who we are there."
}

variable "private_key_secret_arn" {
  type        = string
  description = "ARN of the Secrets Manager secret with our private key."
}

variable "replace_notifications" {
  type        = bool
  description = "Whether to turn EventBridge on for the source bucket, **which replaces all notifications that it sends today**."
  default     = false
}

variable "schedule" {
  type        = string
  description = "How often to poll for the partner's files."
  default     = "rate(5 minutes)"
}

variable "source_bucket" {
  type = object({
    kms_key_arn = optional(string)
    name        = string
  })
  description = "The bucket whose new objects go to the partner, and the customer-managed key that encrypts it, if there is one."
}

variable "vpc" {
  type = object({
    security_group_ids = list(string)
    subnet_ids         = list(string)
  })
  description = "Private subnets with a way out, and security groups that let out to the partner's port and to HTTPS."
}
