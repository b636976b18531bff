variable "calendars" {
  type        = map(list(string))
  description = <<-EOT
    Days without business, by name: dates, `2026-12-25`, or `12-25` for every year. Streams name them in `calendars` of a push, a pull or
    an entry of `alarms.expected`: on these days, in the time zone that stands there, no window of the side begins, its schedule doesn't
    poll, and no file is expected. For example `{ target2 = ["01-01", "2026-04-03", "2026-04-06", "05-01", "12-25", "12-26"] }`.
  EOT
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.calendars) : can(regex("^[A-Za-z0-9_-]{1,64}$", name))])
    error_message = "calendars: ${join(", ", [for name in keys(var.calendars) : jsonencode(name) if !can(regex("^[A-Za-z0-9_-]{1,64}$", name))])} can't be the name of a calendar: 1 to 64 letters, digits, hyphens and underscores."
  }

  validation {
    condition     = alltrue([for days in values(var.calendars) : try(length(days) > 0, false)])
    error_message = "calendars: ${join(", ", [for name, days in var.calendars : name if !try(length(days) > 0, false)])} has no days. List at least one, or take the calendar out."
  }

  # 2028 has a 29 February.
  validation {
    condition = alltrue(flatten([
      for days in values(var.calendars) : [
        for day in coalesce(days, []) : can(regex("^([0-9]{4}-)?[0-9]{2}-[0-9]{2}$", day)) && can(timeadd("${length(day) == 5 ? "2028-" : ""}${day}T00:00:00Z", "0s"))
      ]
    ]))
    error_message = "calendars: ${join(", ", flatten([
      for name, days in var.calendars : [
        for day in coalesce(days, []) : "${name} has ${jsonencode(day)}" if !(can(regex("^([0-9]{4}-)?[0-9]{2}-[0-9]{2}$", day)) && can(timeadd("${length(day) == 5 ? "2028-" : ""}${day}T00:00:00Z", "0s")))
      ]
    ]))}. Days are dates that exist, such as \"2026-12-25\", or \"12-25\" for every year."
  }
}
