locals {
  known = {
    stream_keys = ["alarms", "pull", "push", "retry_for_days", "sftp"]
    bool_fields = { sftp = ["insecure_ignore_host_key"] }
    alarms = [
      "all", "at-least", "certificate", "connection-timeouts", "errors", "expected", "failed", "oldest-undelivered", "oldest-waiting",
      "pgp-key", "polls", "rules",
    ]
  }

  # The keys that the user wrote. They are known at plan time even where the values are not, which is why this goes by
  # lookup() and for, and not by try(): that gives up on anything that holds an unknown value.
  given_keys = {
    for part in ["alarms", "sftp"] : part => flatten([
      for value in [lookup(var.given, part, null)] : keys(value) if value != null
    ])
  }

  # One expression or a list of them. The splat makes a list of either, also where the value isn't known yet.
  schedules = flatten([for pull in var.pull[*] : lookup(pull, "schedule", null)[*]])

  # By name, as the user wrote them.
  sides = { for side, value in { pull = var.pull, push = var.push } : side => value if value != null }
}

module "push" {
  count  = var.push == null ? 0 : 1
  source = "../push"

  given  = var.push
  push   = var.push
  stream = var.name
}

module "pull" {
  count  = var.pull == null ? 0 : 1
  source = "../pull"

  given  = var.pull
  pull   = var.pull
  stream = var.name
}

# Each expression; where the user wrote none it is found missing there.
module "schedule" {
  for_each = { for i, schedule in concat(local.schedules, length(local.schedules) > 0 ? [] : [for pull in var.pull[*] : ""]) : i => schedule }
  source   = "../schedule"

  expression      = each.value
  min_age_seconds = lookup(var.pull, "min_age_seconds", null)
  stream          = var.name
}

module "secret" {
  for_each = local.secrets
  source   = "../secret"

  given      = each.value
  label      = "Stream ${var.name}, sftp.${each.key}"
  s3_allowed = contains(["certificate", "private_key"], each.key)
  secret     = each.value
}

module "via" {
  count  = var.sftp.via == null ? 0 : 1
  source = "../via"

  authority_pattern = local.patterns.authority
  given             = var.sftp.via
  host_key_pattern  = local.patterns.host_key
  stream            = var.name
  via               = var.sftp.via
}

# Only where the user wrote the key: few streams have such files, and the list of time zones is long.
module "expected" {
  count  = contains(local.given_keys.alarms, "expected") ? 1 : 0
  source = "../expected"

  expected        = var.alarms.expected
  known_calendars = var.calendars
  sides           = keys(local.sides)
  stream          = var.name
}
