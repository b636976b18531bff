variable "events" {
  type        = bool
  description = "Whether the bridge sends events of files that end."
  default     = false
  nullable    = false
}

variable "function_name" {
  type        = string
  description = "Name of the function."
  nullable    = false
}

variable "log_group_name" {
  type        = string
  description = "Name of the function's log group."
  nullable    = false
}

variable "name" {
  type        = string
  description = "Name of the bridge, which the names of alarms, topic, dashboard and queries begin with."
  nullable    = false
}

variable "namespace" {
  type        = string
  description = "CloudWatch namespace of the bridge's metrics."
  nullable    = false
}

variable "queue_names" {
  type = object({
    dead_letters = string
    events       = string
    undelivered  = string
  })
  description = "Names of the queues: two that have to be empty, and that of the events, which nothing may wait in for long."
  nullable    = false
}

variable "settings" {
  type = object({
    alarms           = bool
    create_topic     = bool
    dashboard        = bool
    email_addresses  = set(string)
    kms_key_arn      = string
    off              = list(string)
    ok_notifications = bool
    queries          = bool
    runbook_url      = string
    topic_arns       = list(string)
  })
  description = "What is made, and whom alarms notify; the root module's variable `monitoring` describes it."
  nullable    = false
}

variable "streams" {
  type = map(object({
    alarms = object({
      at_least = map(object({
        files = number
        hours = number
      }))
      certificate_days           = optional(number)
      connection_timeouts        = number
      errors                     = number
      expected                   = number
      failed                     = number
      off                        = list(string)
      oldest_undelivered_minutes = number
      oldest_waiting_minutes     = number
      pgp_key_days               = optional(number)
      poll_overdue_minutes       = number
    })
    partner = string
    rules = object({
      poll      = string
      push      = string
      scheduler = optional(bool, false)
    })
  }))
  description = "By stream: the thresholds of its alarms, its partner, and its rules; a side without a rule isn't there. `scheduler`: no rule polls, but EventBridge Scheduler."
  nullable    = false
}

variable "tags" {
  type        = map(string)
  description = "Tags of everything that can have some."
  default     = {}
  nullable    = false
}

variable "tick_rule_name" {
  type        = string
  description = "Name of the rule that runs the function each minute."
  nullable    = false
}

variable "widget_arn" {
  type        = string
  description = "ARN of the function's alias that answers the dashboard's custom widget."
  nullable    = false
}
