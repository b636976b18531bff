variable "alarms" {
  type = object({
    at_least = optional(object({
      pull = optional(object({ files = number, hours = optional(number, 24) }))
      push = optional(object({ files = number, hours = optional(number, 24) }))
    }), {})
    certificate_days           = optional(number, 14)
    connection_timeouts        = optional(number, 2)
    errors                     = optional(number, 0)
    expected                   = optional(any, [])
    failed                     = optional(number, 0)
    off                        = optional(list(string), [])
    oldest_undelivered_minutes = optional(number, 60)
    oldest_waiting_minutes     = optional(number, 60)
    pgp_key_days               = optional(number, 30)
    poll_overdue_minutes       = optional(number)
  })
  description = "Thresholds of the stream's alarms; the root module's variable `streams` describes it."
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key in local.given_keys.alarms : contains(keys(var.alarms), key)])
    error_message = "Stream ${var.name}, alarms: unknown key ${join(", ", [for key in local.given_keys.alarms : key if !contains(keys(var.alarms), key)])}. Known keys: ${join(", ", keys(var.alarms))}."
  }

  validation {
    condition     = alltrue([for key in var.alarms.off : contains(local.known.alarms, key)])
    error_message = "Stream ${var.name}, alarms.off: there is no alarm ${join(", ", [for key in var.alarms.off : key if !contains(local.known.alarms, key)])}. Name some of ${join(", ", local.known.alarms)}, or \"all\"."
  }

  validation {
    condition = alltrue([
      for least in values(var.alarms.at_least) : least.files != null && contains([1, 2, 3, 4, 6, 8, 12, 24], least.hours) if least != null
    ])
    error_message = "Stream ${var.name}, alarms.at_least: give files, and hours as 1, 2, 3, 4, 6, 8, 12 or 24: CloudWatch adds up within a day at most. For what has to come on certain days, use alarms.expected."
  }

  validation {
    condition     = alltrue([for side, least in var.alarms.at_least : contains(keys(local.sides), side) if least != null])
    error_message = "Stream ${var.name}, alarms.at_least: it counts files of a side that the stream doesn't have. Name only ${join(" and ", keys(local.sides))}."
  }
}

locals {
  alarms = {
    at_least                   = { for side, least in var.alarms.at_least : side => least if least != null }
    certificate_days           = contains(keys(local.secrets), "certificate") || try(var.sftp.via.certificate != null, false) ? var.alarms.certificate_days : null
    connection_timeouts        = var.alarms.connection_timeouts
    errors                     = var.alarms.errors
    expected                   = length(local.expected)
    failed                     = var.alarms.failed
    off                        = var.alarms.off
    oldest_undelivered_minutes = var.alarms.oldest_undelivered_minutes
    oldest_waiting_minutes     = var.alarms.oldest_waiting_minutes
    pgp_key_days               = anytrue([for side in concat(local.push[*].config.pgp, local.pull[*].config.pgp) : side != null]) ? var.alarms.pgp_key_days : null
    # Three polls were missed, and a partner that was left alone for a quarter of an hour after failures has been asked again.
    # Of a cron schedule the widest gap counts, and an hour; of several the one that gives least.
    poll_overdue_minutes = one([
      for pull in local.pull : coalesce(
        var.alarms.poll_overdue_minutes,
        min([for timed in local.timed : timed.interval_seconds == null ? timed.max_gap_minutes + 60 : ceil(3 * timed.interval_seconds / 60) + 15]...),
      )
    ])
  }
}
