locals {
  week_days = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]

  # What Node 24 knows (`Intl.supportedValuesOf`), a line each; a test compares.
  time_zones = toset(split("\n", trimspace(file("${path.module}/../time-zones.txt"))))

  given_keys = distinct(flatten([for window in try([for one in var.given : one], []) : try(keys(window), ["(not an object)"])]))

  # Each day or range of days as the days that it stands for, of which a range may pass Sunday. Empty where it can't be read.
  day_pattern = "^(${join("|", local.week_days)})(-(${join("|", local.week_days)}))?$"
  days = [
    for window in var.windows : distinct(flatten([
      for item in window.days : [
        for ends in [[for name in split("-", item) : index(local.week_days, name)]] :
        [for i in range(7) : local.week_days[(ends[0] + i) % 7] if i <= (ends[length(ends) - 1] - ends[0] + 7) % 7]
      ] if can(regex(local.day_pattern, item))
    ]))
  ]
}
