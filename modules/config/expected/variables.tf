variable "expected" {
  type = list(object({
    by           = string
    calendars    = optional(list(string), [])
    count        = optional(number, 1)
    days         = optional(list(string), ["MON", "TUE", "WED", "THU", "FRI"])
    direction    = optional(string)
    except       = optional(list(string), [])
    match        = optional(string, "**")
    time_zone    = optional(string, "UTC")
    within_hours = optional(number, 24)
  }))
  description = "Files that have to come by a time; the root module's variable `streams` describes them."
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for file in var.expected : file != null])
    error_message = "Stream ${var.stream}, alarms.expected: an entry is null. Give each at least a time, as in { by = \"07:30\" }, or take it out."
  }

  validation {
    condition     = alltrue([for file in var.expected : can(regex("^([01][0-9]|2[0-3]):[0-5][0-9]$", file.by))])
    error_message = "Stream ${var.stream}, alarms.expected: by has to be a time of day such as \"07:30\", from 00:00 to 23:59."
  }

  validation {
    condition     = alltrue([for file in var.expected : contains(local.time_zones, try(file.time_zone, "UTC"))])
    error_message = "Stream ${var.stream}, alarms.expected: there is no time zone ${join(", ", [for file in var.expected : jsonencode(try(file.time_zone, null)) if !contains(local.time_zones, try(file.time_zone, ""))])}. Give a name of the IANA data base, such as \"Europe/Berlin\" or \"UTC\"."
  }

  validation {
    condition     = alltrue([for file in var.expected : try(length(file.days) > 0 && length(setsubtract(file.days, local.week_days)) == 0, true)])
    error_message = "Stream ${var.stream}, alarms.expected: days has to name some of ${join(", ", local.week_days)}."
  }

  validation {
    condition = alltrue(flatten([
      for file in var.expected : [
        for day in try(file.except, []) : can(regex("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", day)) && can(timeadd("${day}T00:00:00Z", "0s"))
      ]
    ]))
    error_message = "Stream ${var.stream}, alarms.expected: except lists days on which nothing is expected, as dates that exist, such as \"2026-12-25\"."
  }

  validation {
    condition     = length(setsubtract(flatten([for file in var.expected : try(file.calendars, [])]), var.known_calendars)) == 0
    error_message = "Stream ${var.stream}, alarms.expected: no calendar is called ${join(", ", setsubtract(flatten([for file in var.expected : try(file.calendars, [])]), var.known_calendars))}. Name some of the module's `calendars` (${join(", ", var.known_calendars)}), or add it there."
  }

  validation {
    condition     = alltrue([for file in var.expected : try(length(file.match) > 0 && !startswith(file.match, "/"), true)])
    error_message = "Stream ${var.stream}, alarms.expected: match is a pattern of paths below the stream's places, such as \"*.csv\" or \"reports/**\". It may not be empty nor begin with a slash."
  }

  validation {
    condition = alltrue([
      for file in var.expected : try(file.direction, null) == null ? length(var.sides) == 1 : contains(var.sides, file.direction)
    ])
    error_message = "Stream ${var.stream}, alarms.expected: direction has to be a side that the stream has, \"push\" or \"pull\"; only a stream with one side may leave it out."
  }
}

variable "known_calendars" {
  type        = list(string)
  description = "Names of the calendars that there are."
  default     = []
  nullable    = false
}

variable "sides" {
  type        = list(string)
  description = "The sides that the stream has: `pull`, `push` or both."
  nullable    = false
}

variable "stream" {
  type        = string
  description = "Name of the stream."
  nullable    = false
}
