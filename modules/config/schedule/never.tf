# Whether a cron expression comes at all: a day that none of its months has, or years that are over.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
locals {
  dates = {
    month_numbers = { for i, month in ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"] : month => i + 1 }
    month_days    = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    # Where each part of a date stands in the expression, and what it may be.
    fields = {
      days   = { index = 2, first = 1, last = 31 }
      months = { index = 3, first = 1, last = 12 }
      years  = { index = 5, first = 1970, last = 2199 }
    }
  }

  # Days, months and years that the expression names. No days: by week day, or the last of the month, which every month has.
  # The items of each field's list go without what names no day by its number: no day (?), the last one (L, LW), the week day nearest to
  # one (15W). Each is a range, [ends, step]: * and */2 from the first value, 5/2 up to the last.
  cron_chosen = {
    for part, items in {
      for part, field in local.dates.fields : part => [
        for item in split(",", try(upper(trimsuffix(replace(local.cron[field.index], "/^(\\?|L|LW)$/", ""), "W")), "")) :
        split("/", replace(replace(item, "*", "${field.first}-${field.last}"), "/^([^-/]+)//", "$1-${field.last}/")) if item != ""
      ]
      } : part => try(distinct(flatten([
        for item in items : [
          for ends in [[for end in split("-", item[0]) : tonumber(lookup(local.dates.month_numbers, end, end))]] :
          range(ends[0], ends[length(ends) - 1] + 1, try(tonumber(item[1]), 1))
        ]
    ])), [])
  }

  # Each month with the days in it that are chosen; 29 February alone needs a leap year.
  cron_dates = flatten([
    for month in local.cron_chosen.months : length(local.cron_chosen.days) == 0 ? [{ month = month, day = local.dates.month_days[month - 1] }] : [
      for day in local.cron_chosen.days : { month = month, day = day } if day <= local.dates.month_days[month - 1]
    ]
  ])
  cron_years = [
    for leap_only in [length(local.cron_chosen.days) > 0 && length(local.cron_dates) > 0 && alltrue([for date in local.cron_dates : date.month == 2 && date.day == 29])] :
    [for year in local.cron_chosen.years : year if !leap_only || (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))]
  ][0]

  # A field that can't be read is refused by its own check.
  cron_never = length(local.cron_chosen.months) > 0 && length(local.cron_chosen.years) > 0 && !anytrue(flatten([
    for today in [[for part in split("-", formatdate("YYYY-MM-DD", plantimestamp())) : tonumber(part)]] : [
      for year in local.cron_years : year > today[0] ? length(local.cron_dates) > 0 : year == today[0] && anytrue([
        for date in local.cron_dates : date.month > today[1] || (date.month == today[1] && date.day >= today[2])
      ])
    ]
  ]))
}
