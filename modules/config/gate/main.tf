locals {
  # Known at plan time even where the values aren't, as in ../stream.
  given_keys      = try(keys(var.given), ["(not an object)"])
  given_guardduty = flatten([for guardduty in [lookup(var.given, "guardduty", null)] : keys(guardduty) if guardduty != null])

  side = {
    push = { longest_hours = 720, what = "sent", why = "" }
    pull = { longest_hours = 144, what = "seen", why = ": what is held lies in staging, where S3 removes it after seven days" }
  }[var.direction]
}
