locals {
  # Known at plan time even where the values aren't, as in ../stream.
  given_keys      = try(keys(var.given), ["(not an object)"])
  given_guardduty = flatten([for guardduty in [lookup(var.given, "guardduty", null)] : keys(guardduty) if guardduty != null])

  what = var.direction == "push" ? "sent" : "seen"
}
