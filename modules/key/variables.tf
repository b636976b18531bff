variable "arn" {
  type        = string
  description = "ARN of the user's key; null where one is made."
  default     = null
}

variable "create" {
  type        = bool
  description = "Whether to make the key."
  nullable    = false
}

variable "deletion_window_in_days" {
  type        = number
  description = "Days that a deleted key can be had back, with what it encrypts."
  default     = 30
  nullable    = false
}

variable "name" {
  type        = string
  description = "Name of the bridge."
  nullable    = false
}

variable "tags" {
  type        = map(string)
  description = "Tags of the key."
  default     = {}
  nullable    = false
}
