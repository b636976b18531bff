variable "email_addresses" {
  type        = set(string)
  description = "Who gets a mail for each file; each has to confirm it once."
  default     = []
}

variable "force_destroy" {
  type        = bool
  description = "Whether `terraform destroy` may delete the bucket with the files in it."
  default     = false
}

variable "name" {
  type        = string
  description = "Name of the bridge."
  default     = "orders-told"
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

variable "remote_directory" {
  type        = string
  description = "Directory at the partner that the files go to."
  default     = "inbox"
}

variable "state_machine_arn" {
  type        = string
  description = "ARN of the state machine that is started for each file that failed; null for none."
  default     = null
}

variable "webhook" {
  type = object({
    header = optional(string, "x-api-key")
    url    = string
  })
  description = "Address of the web service that is called for each file that was delivered, and the header of its key; null for none."
  default     = null
}

variable "webhook_key" {
  type        = string
  description = "The web service's key. EventBridge keeps it in Secrets Manager; Terraform's state has it as well."
  default     = null
  sensitive   = true

  validation {
    condition     = var.webhook == null || var.webhook_key != null
    error_message = "webhook needs webhook_key: EventBridge calls nobody without a key."
  }
}
