# The grammar of EventBridge's schedule expressions.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
locals {
  # What may stand in each field, one value of it.
  cron_values = {
    minute       = "[0-5]?[0-9]"
    hour         = "([01]?[0-9]|2[0-3])"
    day_of_month = "(0?[1-9]|[12][0-9]|3[01])"
    month        = "(0?[1-9]|1[0-2]|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)"
    day_of_week  = "([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)"
    year         = "(19[7-9][0-9]|2[01][0-9][0-9])"
  }

  patterns = {
    rate       = "^rate\\((1 (minute|hour|day)|([2-9]|[1-9][0-9]{1,5}) (minutes|hours|days))\\)$"
    six_fields = "^cron\\(\\S+( \\S+){5}\\)$"
    one_day    = "^cron\\(\\S+ \\S+ (\\? \\S+ [^? ]+|[^? ]+ \\S+ \\?) \\S+\\)$"

    # By field. `lists` are of values, ranges and steps.
    cron = [
      for lists in [{
        for field, value in local.cron_values : field => "(\\*|${value}(-${value})?)(/[1-9][0-9]*)?(,(\\*|${value}(-${value})?)(/[1-9][0-9]*)?)*"
        }] : [
        "^${lists.minute}$",
        "^${lists.hour}$",
        "^(\\?|L|LW|${local.cron_values.day_of_month}W|${lists.day_of_month})$",
        "^(?i:${lists.month})$",
        "^(?i:\\?|L|${local.cron_values.day_of_week}L|${local.cron_values.day_of_week}#[1-5]|${lists.day_of_week})$",
        "^${lists.year}$",
      ]
    ][0]
  }

  # Minutes, hours, day of month, month, day of week, year; null for a rate.
  cron = startswith(var.expression, "cron(") ? split(" ", trimsuffix(trimprefix(var.expression, "cron("), ")")) : null

  # Seconds from one poll to the next; null for cron, whose gaps vary.
  interval_seconds = one([
    for rate in try([regex("^rate\\((?P<count>[0-9]+) (?P<unit>minute|hour|day)s?\\)$", var.expression)], []) :
    tonumber(rate.count) * { minute = 60, hour = 3600, day = 86400 }[rate.unit]
  ])

  # A rate counts from when its rule was made, which is one moment for all streams of an apply: as a cron expression each has a time of
  # its own, by its name (`own`). Only where the rate goes into an hour, or a day, as a whole.
  spread = [
    for rate in [{ minutes = coalesce(local.interval_seconds, 0) / 60, own = parseint(substr(sha256(var.stream), 0, 8), 16) }] :
    (
      rate.minutes >= 2 && rate.minutes < 60 ? 60 % rate.minutes == 0 : false
      ) ? "cron(${rate.own % max(1, rate.minutes)}/${rate.minutes} * * * ? *)" : rate.minutes == 60 ? "cron(${rate.own % 60} * * * ? *)" : (
      rate.minutes > 60 && rate.minutes < 1440 ? 1440 % rate.minutes == 0 && rate.minutes % 60 == 0 : false
    ) ? "cron(${rate.own % 60} ${floor(rate.own / 60) % max(1, floor(rate.minutes / 60))}/${floor(rate.minutes / 60)} * * ? *)" : var.expression
  ][0]
}
