variable "force_destroy" {
  type        = bool
  description = "Whether `terraform destroy` may delete the bucket with the files in it."
  default     = false
}

variable "name" {
  type        = string
  description = "Name of the bridge."
  default     = "sealed-files"
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

variable "pgp" {
  type = object({
    our_passphrase_secret_arn   = string
    our_private_key_secret_arn  = string
    their_public_key_secret_arn = string
  })
  description = "ARNs of the Secrets Manager secrets with our OpenPGP key, what opens it, and the partner's. None of them passes through Terraform."
}

variable "private_key_secret_arn" {
  type        = string
  description = "ARN of the Secrets Manager secret with the private key that we log in with."
}

variable "schedule" {
  type        = string
  description = "How often to poll for the partner's files."
  default     = "rate(5 minutes)"
}
