variable "acme" {
  type = object({
    host                   = string
    host_keys              = list(string)
    port                   = optional(number, 22)
    private_key_secret_arn = string
    username               = string
  })
  description = "A partner where we log in with a private key. The secret's value is the key."
}

variable "force_destroy" {
  type        = bool
  description = "Whether `terraform destroy` may delete the buckets with the files in them."
  default     = false
}

variable "globex" {
  type = object({
    credentials_secret_arn = string
    host                   = string
    host_keys              = list(string)
    port                   = optional(number, 22)
    username               = string
  })
  description = "A partner where we log in with a password. The secret's value is a JSON object with a field `password`."
}

variable "name" {
  type        = string
  description = "Name of the bridge."
  default     = "partner-files"
}

variable "schedule" {
  type        = string
  description = "How often to poll for the partners' files."
  default     = "rate(5 minutes)"
}

variable "tags" {
  type        = map(string)
  description = "Tags of everything that the bridge makes."
  default     = {}
}
