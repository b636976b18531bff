variable "expression" {
  description = "One expression of `pull.schedule`: `rate(…)` or `cron(…)` as EventBridge has them."
  type        = string
  nullable    = false

  validation {
    condition     = var.expression != ""
    error_message = "Stream ${var.stream}, pull.schedule: missing. Say how often to poll, e.g. schedule = \"rate(5 minutes)\" or \"cron(0 6 * * ? *)\" (UTC)."
  }

  validation {
    condition     = var.expression == "" || can(regex("^(rate|cron)\\([^()]*\\)$", var.expression))
    error_message = "Stream ${var.stream}, pull.schedule: \"${var.expression}\" is neither rate(…) nor cron(…). Give e.g. \"rate(5 minutes)\", or \"cron(0 6 * * ? *)\" for 06:00 UTC every day."
  }

  validation {
    condition     = !startswith(var.expression, "rate(") || can(regex(local.patterns.rate, var.expression))
    error_message = "Stream ${var.stream}, pull.schedule: \"${var.expression}\" is not a rate. It takes a whole number from 1 up and minutes, hours or days, in the singular after 1: rate(1 minute), rate(5 minutes), rate(1 day)."
  }

  validation {
    condition     = !startswith(var.expression, "cron(") || can(regex(local.patterns.six_fields, var.expression))
    error_message = "Stream ${var.stream}, pull.schedule: \"${var.expression}\" does not have six fields with one space between: minutes hours day-of-month month day-of-week year. A crontab line has five: add a year (*), and put ? for one of the days."
  }

  validation {
    condition = alltrue([
      for i, field in startswith(var.expression, "cron(") ? split(" ", trimsuffix(trimprefix(var.expression, "cron("), ")")) : [] : can(regex(local.patterns.cron[i], field)) if i < 6
    ])
    error_message = "Stream ${var.stream}, pull.schedule: \"${var.expression}\" has a value that its field can't have. Minutes 0-59, hours 0-23, day of month 1-31 (or ?, L, 15W), month 1-12 or JAN-DEC, day of week 1-7 or SUN-SAT (or ?, 6L, 2#1), year 1970-2199; lists (,), ranges (-) and steps (/, from 1 up) of these, or *."
  }

  validation {
    condition     = !can(regex(local.patterns.six_fields, var.expression)) || can(regex(local.patterns.one_day, var.expression))
    error_message = "Stream ${var.stream}, pull.schedule: \"${var.expression}\" needs ? in exactly one of day of month and day of week: EventBridge goes by one of them."
  }
}

variable "min_age_seconds" {
  description = "How long a file has to be unchanged before it is pulled."
  type        = number
  default     = 0
  nullable    = false
}

variable "stream" {
  description = "The stream's name, for messages and for the time within the hour or the day."
  type        = string
  nullable    = false
}
