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

  rate = try(regex("^rate\\((?P<count>[0-9]+) (?P<unit>minute|hour|day)s?\\)$", var.expression), null)
  # Minutes, hours, day of month, month, day of week, year; null for a rate.
  cron = startswith(var.expression, "cron(") ? split(" ", trimsuffix(trimprefix(var.expression, "cron("), ")")) : null

  # A rate counts from when its rule was made, which is one moment for all streams of an apply: as a cron expression each has a time of
  # its own, by its name. Only where the rate goes into an hour, or a day, as a whole.
  own_number = parseint(substr(sha256(var.stream), 0, 8), 16)
  every      = coalesce(local.interval_seconds, 0) / 60
  spread = (
    local.every >= 2 && local.every < 60 ? 60 % local.every == 0 : false
    ) ? "cron(${local.own_number % max(1, local.every)}/${local.every} * * * ? *)" : local.every == 60 ? "cron(${local.own_number % 60} * * * ? *)" : (
    local.every > 60 && local.every < 1440 ? 1440 % local.every == 0 && local.every % 60 == 0 : false
  ) ? "cron(${local.own_number % 60} ${floor(local.own_number / 60) % max(1, floor(local.every / 60))}/${floor(local.every / 60)} * * ? *)" : var.expression

  # Seconds from one poll to the next; null for cron, whose gaps vary.
  interval_seconds = local.rate == null ? null : tonumber(local.rate.count) * { minute = 60, hour = 3600, day = 86400 }[local.rate.unit]
}
