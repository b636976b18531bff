# What a push and a pull have in common. Each module is called once, for both sides, and here: one call costs a plan as much as the next,
# whether there is a stream that uses it or not.
module "location" {
  for_each = local.sides
  source   = "../location"

  default_s3 = var.default_bucket == null ? null : "${var.default_bucket}/${var.name}/${each.key}"
  label      = "Stream ${var.name}, ${each.key}"
  location   = each.value
}

# Only where the user wrote one of the keys: the list of time zones is long.
module "windows" {
  for_each = { for side, given in local.sides : side => given if anytrue([for key in ["calendars", "time_zone", "windows"] : contains(keys(given), key)]) }
  source   = "../windows"

  calendars       = lookup(each.value, "calendars", null)
  given           = lookup(each.value, "windows", null)
  known_calendars = var.calendars
  label           = "Stream ${var.name}, ${each.key}"
  time_zone       = lookup(each.value, "time_zone", null)
  windows         = lookup(each.value, "windows", null)
}

module "gate" {
  for_each = { for side, given in local.sides : side => given.gate if lookup(given, "gate", null) != null }
  source   = "../gate"

  direction = each.key
  gate      = each.value
  given     = each.value
  stream    = var.name
}

module "sequence" {
  for_each = { for side, given in local.sides : side => given if lookup(given, "sequence", null) != null }
  source   = "../sequence"

  given    = each.value.sequence
  include  = lookup(each.value, "include", null)
  label    = "Stream ${var.name}, ${each.key}"
  sequence = each.value.sequence
}

locals {
  # By side, what joins its `config`.
  in_common = {
    for side, given in local.sides : side => {
      bucket    = module.location[side].place.bucket
      directory = module.location[side].place.directory
      gate      = one([for gated, gate in module.gate : gate.gate if gated == side])
      prefix    = module.location[side].place.prefix
      sequence  = one([for numbered, sequence in module.sequence : sequence.sequence if numbered == side])
      # A time zone alone limits nothing.
      windows = one([for timed, windows in module.windows : windows.windows if timed == side && length(setintersection(keys(given), ["calendars", "windows"])) > 0])
    }
  }

  # Each a list of at most one, so that what only a push or a pull has is read without asking whether there is one.
  push = [for push in module.push[*].push : merge(push, { config = merge(push.config, local.in_common.push), root = module.location["push"].place.root })]
  pull = [for pull in module.pull[*].pull : merge(pull, { config = merge(pull.config, local.in_common.pull), root = module.location["pull"].place.root })]
}
