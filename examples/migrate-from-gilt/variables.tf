variable "enable_eventbridge_on_buckets" {
  type        = set(string)
  description = "Buckets of the original that files are sent from. Their notification configuration is replaced."
  default     = []
}

variable "force_destroy" {
  type        = bool
  description = "Whether `terraform destroy` may delete what the bridge keeps for itself."
  default     = false
}

variable "name" {
  type        = string
  description = "Name of the bridge, as given to `npm run migrate` with --name."
  default     = "s3-sftp-bridge"
}

variable "schedule_rules" {
  type        = set(string)
  description = "Schedule rules of the original that stay, by name: `npm run migrate` writes which."
  default     = []
}

variable "streams" {
  type        = any
  description = "The streams, as `npm run migrate` wrote them."
}
