# What binds in some regions, or as streams grow, and shows only in the apply or later: said in the plan.
locals {
  # https://docs.aws.amazon.com/general/latest/gr/ev.html: rules of a bus, and invocations of the tick and the streams
  rule_limit = contains(["af-south-1", "eu-south-1"], data.aws_region.current.region) ? 100 : 300
  rule_count = 1 + sum(concat([0], [for stream in module.config.streams : (stream.config.push == null ? 0 : 1) + (stream.config.pull == null || stream.scheduler ? 0 : 1)]))
}

check "rules" {
  assert {
    condition     = local.rule_count <= local.rule_limit
    error_message = "The bridge makes ${local.rule_count} EventBridge rules, and a bus has at most ${local.rule_limit} in ${data.aws_region.current.region} unless AWS has raised it (Service Quotas → EventBridge → Rules), with those of everybody else in the account. Ask for more before the apply, or split the bridge over regions."
  }
}

locals {
  # Calendars whose days are all over; one that comes every year never is.
  calendars_over = [
    for name, days in var.calendars : name if !anytrue([for day in days : length(day) == 5 || try(timecmp("${day}T23:59:59Z", plantimestamp()) > 0, true)])
  ]
}

# A calendar that nobody has kept up closes nothing any more.
check "calendars" {
  assert {
    condition     = length(local.calendars_over) == 0
    error_message = "calendars: all days of ${join(", ", local.calendars_over)} are over, so that no day is without business any more. Add the next ones, or take the calendar out."
  }
}
