variable "bridge" {
  type = object({
    queue_arn             = string
    schedule_arn          = string
    undelivered_queue_arn = string
  })
  description = "What the rules belong to and send to."
  nullable    = false
}

variable "name" {
  type        = string
  description = "Name of the stream."
  nullable    = false
}

variable "pull" {
  type = object({
    interval_seconds = number
    schedule         = string
  })
  description = "When to poll; null without a pull. `interval_seconds` is null for cron."
  default     = null
}

variable "push" {
  type = object({
    bucket = string
    prefix = string
  })
  description = "Where objects to push arrive; null without a push."
  default     = null
}

variable "rule_names" {
  type = object({
    poll = string
    push = string
  })
  description = "Names of the rules. They begin with the bridge's name and a hyphen: the function's alias for rules lets in what is called so."
  nullable    = false
}

variable "tags" {
  type        = map(string)
  description = "Tags of the rules."
  default     = {}
  nullable    = false
}
