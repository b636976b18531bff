variable "calendars" {
  type        = list(string)
  description = "Calendars on whose days no window begins, by name."
  default     = []
  nullable    = false

  validation {
    condition     = length(setsubtract(var.calendars, var.known_calendars)) == 0
    error_message = "${var.label}.calendars: no calendar is called ${join(", ", setsubtract(var.calendars, var.known_calendars))}. Name some of the module's `calendars` (${join(", ", var.known_calendars)}), or add it there."
  }
}

variable "given" {
  type        = any
  description = "The windows as the user wrote them. Only their keys are read: a typed variable drops unknown ones silently."
  default     = null
}

variable "known_calendars" {
  type        = list(string)
  description = "Names of the calendars that there are."
  default     = []
  nullable    = false
}

variable "label" {
  type        = string
  description = "The side, as messages name it."
  nullable    = false
}

variable "time_zone" {
  type        = string
  description = "Name of the IANA data base."
  default     = "UTC"
  nullable    = false

  validation {
    condition     = contains(local.time_zones, var.time_zone)
    error_message = "${var.label}.time_zone: there is no time zone ${jsonencode(var.time_zone)}. Give a name of the IANA data base, such as \"Europe/Berlin\" or \"UTC\"."
  }
}

variable "windows" {
  type = list(object({
    days = optional(list(string), ["MON-SUN"])
    from = optional(string, "00:00")
    to   = optional(string, "24:00")
  }))
  description = "When the side may connect, in its time zone; the root module's variable `streams` describes them."
  default     = [{}]
  nullable    = false

  validation {
    condition     = length(setsubtract(local.given_keys, flatten([for window in var.windows : keys(window) if window != null]))) == 0
    error_message = "${var.label}.windows: unknown key ${join(", ", setsubtract(local.given_keys, flatten([for window in var.windows : keys(window) if window != null])))}. Each window is an object of days, from and to."
  }

  validation {
    condition     = length(var.windows) > 0
    error_message = "${var.label}.windows: the list is empty, so the side could never connect. Give at least one window, as in [{ days = [\"MON-FRI\"], from = \"06:00\", to = \"22:00\" }], or leave windows out for any time."
  }

  validation {
    condition     = alltrue([for window in var.windows : window != null])
    error_message = "${var.label}.windows: a window is null. Give it times, as in { from = \"06:00\", to = \"22:00\" }, or take it out."
  }

  validation {
    condition = alltrue([
      for window in var.windows : can(regex("^([01][0-9]|2[0-3]):[0-5][0-9]$", window.from)) && can(regex("^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", window.to))
    ])
    error_message = "${var.label}.windows: from and to have to be times of day such as \"06:00\", from 00:00 to 23:59; only to may be \"24:00\"."
  }

  validation {
    condition     = alltrue([for window in var.windows : try(window.from != window.to, true)])
    error_message = "${var.label}.windows: a window begins and ends at ${join(", ", [for window in var.windows : try(window.from, "") if try(window.from == window.to, false)])}, so it never opens. For a whole day give from = \"00:00\" and to = \"24:00\"; one that ends before it begins (\"22:00\" to \"06:00\") passes midnight."
  }

  validation {
    condition = alltrue([
      for window in var.windows : try(length(window.days) > 0 && alltrue([for item in window.days : can(regex(local.day_pattern, item))]), window == null)
    ])
    error_message = "${var.label}.windows: days has to name at least one of ${join(", ", local.week_days)}, each by itself or as a range such as \"MON-FRI\"."
  }
}
