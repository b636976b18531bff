locals {
  stream_keys   = ["alarms", "pull", "push", "retry_for_days", "sftp"]
  bool_fields   = { sftp = ["insecure_ignore_host_key"] }
  number_fields = { pull = ["min_age_seconds", "retention_days"], push = ["reconcile_hours"], sftp = ["connect_timeout_seconds", "max_connections", "operation_timeout_seconds", "port"] }

  # The keys that the user wrote, part by part. They are known at plan time even where the values are not, which is why
  # this goes by lookup() and for, and not by try(): that gives up on anything that holds an unknown value.
  given_keys = {
    for part in ["alarms", "pull", "push", "sftp"] : part => flatten([
      for value in [lookup(var.given, part, null)] : keys(value) if value != null
    ])
  }

  sides = { for side, value in { pull = var.pull, push = var.push } : side => value if value != null }
}

module "location" {
  for_each = local.sides
  source   = "../location"

  default_s3 = var.default_bucket == null ? null : "${var.default_bucket}/${var.name}/${each.key}"
  label      = "Stream ${var.name}, ${each.key}"
  location = {
    exclude     = each.value.exclude
    include     = each.value.include
    kms_key_arn = each.value.kms_key_arn
    s3          = each.value.s3
    sftp        = each.value.sftp
  }
}
