variable "bridge" {
  type = object({
    schedule_arn          = string
    undelivered_queue_arn = string
  })
  description = "What the schedules belong to and send to."
  nullable    = false
}

variable "kms_key_arn" {
  type        = string
  description = "The key of the queue for what couldn't be delivered; null for one of AWS's own."
  default     = null
}

variable "name" {
  type        = string
  description = "Name of the bridge, and of the schedules' group."
  nullable    = false
}

variable "permissions_boundary" {
  type        = string
  description = "ARN of the policy that bounds the role."
  default     = null
}

variable "role_path" {
  type        = string
  description = "Path of the role."
  default     = "/"
  nullable    = false
}

variable "streams" {
  type = map(list(object({
    expression       = string
    interval_seconds = number
    time_zone        = string
  })))
  description = "By stream, its schedules. `interval_seconds` is null for cron."
  nullable    = false
}

variable "tags" {
  type        = map(string)
  description = "Tags of the group and the role."
  default     = {}
  nullable    = false
}
