variable "force_destroy" {
  type        = bool
  description = "Whether `terraform destroy` may delete the bucket with the files in it."
  default     = false
}

variable "name" {
  type        = string
  description = "Name of the bridge."
  default     = "reports-in"
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

variable "password_secret_arn" {
  type        = string
  description = "ARN of the Secrets Manager secret with our password. The password itself never passes through Terraform."
}

variable "remote_directory" {
  type        = string
  description = "Directory at the partner that the files are in."
  default     = "outbox"
}

variable "schedule" {
  type        = string
  description = "How often to poll for files."
  default     = "rate(5 minutes)"
}
