variable "alarm_topic_arns" {
  type        = list(string)
  description = "SNS topics, in the rule's region, that are told when events can't be forwarded. Without one nobody is."
  default     = []
  nullable    = false
}

variable "forwarding" {
  type = object({
    bus_arn       = string
    event_pattern = string
  })
  description = "What the bridge's output `event_forwarding` has for the bucket."
  nullable    = false
}

variable "name" {
  type        = string
  description = "Name of the rule, and with `-events` of its role. Another one for each region and bucket."
  nullable    = false
}

variable "region" {
  type        = string
  description = "The bucket's region; null stands for the provider's."
  default     = null
}

variable "tags" {
  type        = map(string)
  description = "Tags of the rule and the role."
  default     = {}
  nullable    = false
}
