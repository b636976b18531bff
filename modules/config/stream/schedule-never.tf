# Whether a cron expression comes at all: a day that none of its months has, or years that are over.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
locals {
  month_numbers = { for i, month in ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"] : month => i + 1 }
  month_days    = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

  # Days, months and years that the fields name. Empty days: by week day, or the last of the month, which every month has.
  cron_chosen = {
    for field, within in { days = [2, 1, 31], months = [3, 1, 12], years = [5, 1970, 2199] } : field => try(distinct(flatten([
      for token in split(",", upper(trimsuffix(replace(local.cron[within[0]], "/^(\\?|L|LW)$/", ""), "W"))) : [
        for ends in [[for end in split("-", split("/", token)[0]) : end == "*" ? end : tonumber(lookup(local.month_numbers, end, end))]] : range(
          ends[0] == "*" ? within[1] : ends[0],
          1 + (ends[0] == "*" || (length(ends) == 1 && strcontains(token, "/")) ? within[2] : ends[length(ends) - 1]),
          try(tonumber(split("/", token)[1]), 1),
        )
      ] if token != ""
    ])), [])
  }

  # Each month with the days in it that are chosen; 29 February alone needs a leap year.
  cron_dates = flatten([
    for month in local.cron_chosen.months : length(local.cron_chosen.days) == 0 ? [{ month = month, day = local.month_days[month - 1] }] : [
      for day in local.cron_chosen.days : { month = month, day = day } if day <= local.month_days[month - 1]
    ]
  ])
  cron_leap_only = length(local.cron_chosen.days) > 0 && length(local.cron_dates) > 0 && alltrue([for date in local.cron_dates : date.month == 2 && date.day == 29])
  cron_years     = [for year in local.cron_chosen.years : year if !local.cron_leap_only || (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))]

  today = [for part in split("-", formatdate("YYYY-MM-DD", plantimestamp())) : tonumber(part)]
  cron_comes_this_year = anytrue([
    for date in local.cron_dates : date.month > local.today[1] || (date.month == local.today[1] && date.day >= local.today[2])
  ])
  cron_never = length(local.cron_chosen.months) == 0 || length(local.cron_chosen.years) == 0 ? false : length(local.cron_dates) == 0 || !anytrue([
    for year in local.cron_years : year > local.today[0] || (year == local.today[0] && local.cron_comes_this_year)
  ])
}
