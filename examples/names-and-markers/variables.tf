variable "first_report" {
  type        = number
  description = "Number of the first report that is pulled."
  default     = 1
}

variable "force_destroy" {
  type        = bool
  description = "Whether `terraform destroy` may delete the bucket with the files in it."
  default     = false
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

variable "schedule" {
  type        = string
  description = "How often to poll for the partner's files."
  default     = "rate(5 minutes)"
}

variable "time_zone" {
  type        = string
  description = "Of the times in names."
  default     = "Europe/Berlin"
}
