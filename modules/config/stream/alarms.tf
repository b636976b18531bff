variable "alarms" {
  type = object({
    at_least = optional(object({
      pull = optional(object({ files = number, hours = optional(number, 24) }))
      push = optional(object({ files = number, hours = optional(number, 24) }))
    }), {})
    connection_timeouts = optional(number, 2)
    errors              = optional(number, 0)
    expected = optional(list(object({
      by           = string
      count        = optional(number, 1)
      days         = optional(list(string), ["MON", "TUE", "WED", "THU", "FRI"])
      direction    = optional(string)
      except       = optional(list(string), [])
      match        = optional(string, "**")
      time_zone    = optional(string, "UTC")
      within_hours = optional(number, 24)
    })), [])
    failed                     = optional(number, 0)
    off                        = optional(list(string), [])
    oldest_undelivered_minutes = optional(number, 60)
    oldest_waiting_minutes     = optional(number, 60)
    poll_overdue_minutes       = optional(number)
  })
  description = "When somebody is to be told; the root module's variable `streams` describes it."
  default     = {}

  validation {
    condition     = var.alarms == null ? true : length(setsubtract(local.given_keys.alarms, keys(var.alarms))) == 0
    error_message = "Stream ${var.name}, alarms: unknown key ${join(", ", setsubtract(local.given_keys.alarms, try(keys(var.alarms), [])))}. Known keys: ${join(", ", try(keys(var.alarms), []))}."
  }

  validation {
    condition     = var.alarms == null ? true : length(setsubtract(var.alarms.off, local.alarm_names)) == 0
    error_message = "Stream ${var.name}, alarms.off: there is no alarm ${join(", ", setsubtract(try(var.alarms.off, []), local.alarm_names))}. Name some of ${join(", ", local.alarm_names)}, or \"all\"."
  }

  validation {
    condition     = var.alarms == null ? true : var.alarms.errors >= 0 && var.alarms.errors <= 100000 && floor(var.alarms.errors) == var.alarms.errors
    error_message = "Stream ${var.name}, alarms.errors (${try(var.alarms.errors, 0)}) is how many errors are tolerated within 15 minutes: a whole number from 0 to 100000. To have no such alarm, name \"errors\" in alarms.off."
  }

  validation {
    condition     = var.alarms == null ? true : var.alarms.failed >= 0 && var.alarms.failed <= 100000 && floor(var.alarms.failed) == var.alarms.failed
    error_message = "Stream ${var.name}, alarms.failed (${try(var.alarms.failed, 0)}) is how many files may have been given up on each side: a whole number from 0 to 100000. To have no such alarm, name \"failed\" in alarms.off."
  }

  validation {
    condition     = var.alarms == null ? true : var.alarms.connection_timeouts >= 0 && var.alarms.connection_timeouts <= 59 && floor(var.alarms.connection_timeouts) == var.alarms.connection_timeouts
    error_message = "Stream ${var.name}, alarms.connection_timeouts (${try(var.alarms.connection_timeouts, 0)}) is how many minutes of an hour may have connection time-outs: a whole number from 0 to 59. To have no such alarm, name \"connection-timeouts\" in alarms.off."
  }

  validation {
    condition = var.alarms == null ? true : alltrue([
      for minutes in [var.alarms.oldest_undelivered_minutes, var.alarms.oldest_waiting_minutes, coalesce(var.alarms.poll_overdue_minutes, 5)] : minutes >= 5 && minutes <= 527040 && floor(minutes) == minutes
    ])
    error_message = "Stream ${var.name}, alarms: oldest_undelivered_minutes, oldest_waiting_minutes and poll_overdue_minutes have to be whole numbers from 5 to 527040 (a year): ages are looked at each minute, and a retry alone takes one."
  }

  validation {
    condition = var.alarms == null ? true : alltrue([
      for side in ["pull", "push"] : var.alarms.at_least[side] == null ? true : (
        var.alarms.at_least[side].files >= 1 && floor(var.alarms.at_least[side].files) == var.alarms.at_least[side].files &&
        contains([1, 2, 3, 4, 6, 8, 12, 24], var.alarms.at_least[side].hours)
      )
    ])
    error_message = "Stream ${var.name}, alarms.at_least: files has to be a whole number from 1 up, and hours 1, 2, 3, 4, 6, 8, 12 or 24: CloudWatch adds up within a day at most. For what has to come on certain days, use alarms.expected."
  }

  validation {
    condition = var.alarms == null ? true : alltrue([
      for side in ["pull", "push"] : var.alarms.at_least[side] == null || local.given_keys_of[side]
    ])
    error_message = "Stream ${var.name}, alarms.at_least: it counts files of a side that the stream doesn't have. Name only ${join(" and ", [for side in ["pull", "push"] : side if local.given_keys_of[side]])}."
  }

  # ── files that are expected by a time ──
  validation {
    condition = var.alarms == null ? true : alltrue([
      for file in var.alarms.expected : file == null ? false : can(regex("^([01][0-9]|2[0-3]):[0-5][0-9]$", file.by))
    ])
    error_message = "Stream ${var.name}, alarms.expected: by has to be a time of day such as \"07:30\", from 00:00 to 23:59."
  }

  validation {
    condition = var.alarms == null ? true : alltrue([
      for file in var.alarms.expected : file == null ? true : contains(local.time_zones, file.time_zone)
    ])
    error_message = "Stream ${var.name}, alarms.expected: there is no time zone ${join(", ", [for file in try(var.alarms.expected, []) : jsonencode(try(file.time_zone, null)) if !contains(local.time_zones, try(file.time_zone, ""))])}. Give a name of the IANA data base, such as \"Europe/Berlin\" or \"UTC\"."
  }

  validation {
    condition = var.alarms == null ? true : alltrue([
      for file in var.alarms.expected : file == null ? true : length(file.days) > 0 && length(setsubtract(file.days, local.week_days)) == 0
    ])
    error_message = "Stream ${var.name}, alarms.expected: days has to name some of ${join(", ", local.week_days)}."
  }

  validation {
    condition = var.alarms == null ? true : alltrue([
      for file in var.alarms.expected : file == null ? true : alltrue([
        for day in file.except : can(regex("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", day)) && can(timeadd("${day}T00:00:00Z", "0s"))
      ])
    ])
    error_message = "Stream ${var.name}, alarms.expected: except lists days on which nothing is expected, as dates that exist, such as \"2026-12-25\"."
  }

  validation {
    condition = var.alarms == null ? true : alltrue([
      for file in var.alarms.expected : file == null ? true : (
        file.count >= 1 && file.count <= 1000 && floor(file.count) == file.count && file.within_hours >= 1 && file.within_hours <= 744 && floor(file.within_hours) == file.within_hours
      )
    ])
    error_message = "Stream ${var.name}, alarms.expected: count has to be a whole number from 1 to 1000 and within_hours (how long before `by` a file may have come) one from 1 to 744."
  }

  validation {
    condition = var.alarms == null ? true : alltrue([
      for file in var.alarms.expected : file == null ? true : length(file.match) > 0 && !startswith(file.match, "/")
    ])
    error_message = "Stream ${var.name}, alarms.expected: match is a pattern of paths below the stream's places, such as \"*.csv\" or \"reports/**\". It may not be empty nor begin with a slash."
  }

  validation {
    condition = var.alarms == null ? true : alltrue([
      for file in var.alarms.expected : file == null ? true : (
        file.direction == null ? length([for side in ["pull", "push"] : side if local.given_keys_of[side]]) == 1 : try(local.given_keys_of[file.direction], false)
      )
    ])
    error_message = "Stream ${var.name}, alarms.expected: direction has to be a side that the stream has, \"push\" or \"pull\"; only a stream with one side may leave it out."
  }
}

locals {
  alarm_names = [
    "all", "at-least", "connection-timeouts", "errors", "expected", "failed", "oldest-undelivered", "oldest-waiting",
    "polls", "rules",
  ]
  week_days = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]

  # Whether the user wrote the side at all: known at plan time, also where its values aren't.
  given_keys_of = { for side in ["pull", "push"] : side => length(local.given_keys[side]) > 0 }

  # Minutes after which a poll is overdue: three were missed, and a partner that was left alone for a quarter of an hour
  # after failures has been asked again. A cron schedule has gaps that only its fields tell: the widest that they allow.
  cron             = startswith(try(var.pull.schedule, ""), "cron(") ? split(" ", trimsuffix(trimprefix(var.pull.schedule, "cron("), ")")) : null
  cron_gap_minutes = local.cron == null ? 0 : local.cron[3] != "*" ? 366 * 24 * 60 : !contains(["*", "?"], local.cron[2]) ? 32 * 24 * 60 : !contains(["*", "?"], local.cron[4]) ? 7 * 24 * 60 : local.cron[1] != "*" ? 24 * 60 : 60
  poll_overdue_minutes = var.pull == null ? null : coalesce(
    try(var.alarms.poll_overdue_minutes, null),
    local.interval_seconds == null ? local.cron_gap_minutes + 60 : ceil(3 * local.interval_seconds / 60) + 15,
  )
}

output "alarms" {
  description = "When somebody is to be told: the thresholds of the stream's alarms, those that are off left out or null."
  value = {
    at_least = {
      for side in ["pull", "push"] : side => try(var.alarms.at_least[side], null) if try(var.alarms.at_least[side], null) != null
    }
    connection_timeouts        = var.alarms.connection_timeouts
    errors                     = var.alarms.errors
    expected                   = length(var.alarms.expected)
    failed                     = var.alarms.failed
    off                        = var.alarms.off
    oldest_undelivered_minutes = var.alarms.oldest_undelivered_minutes
    oldest_waiting_minutes     = var.alarms.oldest_waiting_minutes
    poll_overdue_minutes       = local.poll_overdue_minutes
  }
}
