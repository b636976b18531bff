variable "bucket" {
  type        = string
  description = "Name of the existing bucket in the other account."
}

variable "bucket_region" {
  type        = string
  description = "Region of the bucket."
}

variable "kms_key_arn" {
  type        = string
  description = "ARN of the customer-managed key that encrypts the bucket, if one does. Its policy needs the output stream_key_statements."
  default     = null
}

variable "name" {
  type        = string
  description = "Name of the bridge."
  default     = "their-files"
}

variable "owner_role_arn" {
  type        = string
  description = "ARN of a role in the bucket's account that Terraform may assume to set the owner's part up."
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
  description = "ARN of the Secrets Manager secret with our private key. The key itself never passes through Terraform."
}

variable "region" {
  type        = string
  description = "Region of the bridge."
}

variable "schedule" {
  type        = string
  description = "When to look for files of the partner."
  default     = "rate(5 minutes)"
}
