locals {
  # A time zone alone limits nothing.
  windows = length(setintersection(keys(var.given), ["calendars", "windows"])) == 0 ? null : one(module.windows[*].windows)

  # Known at plan time even where the values aren't, as in ../stream.
  given_marker = flatten([for marker in [lookup(var.given, "marker", null)] : keys(marker) if marker != null])

  patterns = {
    directory   = "^/?[^/\\\\[:cntrl:][:space:]]([^/\\\\[:cntrl:]]{0,253}[^/\\\\[:cntrl:][:space:]])?(/[^/\\\\[:cntrl:][:space:]]([^/\\\\[:cntrl:]]{0,253}[^/\\\\[:cntrl:][:space:]])?)*/?$"
    template    = "^(\\{dir\\}/)?([^{}\\\\[:cntrl:]]|\\{(name|stem|ext|stream|seq(:([1-9]|1[0-5]))?|(now|mtime):(yyyy|yy|MM|dd|HH|mm|ss|[-_.T])+)\\})+$"
    file_marker = "^([^/{}[:cntrl:]]{1,200}\\{(name|stem)\\}[^/{}[:cntrl:]]{0,200}|\\{(name|stem)\\}[^/{}[:cntrl:]]{1,200})$"
  }
}

# Only where the user wrote one of the keys: the list of time zones is long.
module "windows" {
  count  = length(setintersection(keys(var.given), ["calendars", "time_zone", "windows"])) == 0 ? 0 : 1
  source = "../windows"

  calendars       = var.push.calendars
  given           = var.push.windows
  known_calendars = var.calendars
  label           = "Stream ${var.stream}, push"
  time_zone       = var.push.time_zone
  windows         = var.push.windows
}

module "gate" {
  count  = var.push.gate == null ? 0 : 1
  source = "../gate"

  direction = "push"
  gate      = var.push.gate
  given     = var.push.gate
  stream    = var.stream
}

module "sequence" {
  count  = var.push.sequence == null ? 0 : 1
  source = "../sequence"

  given    = var.push.sequence
  include  = var.push.include
  label    = "Stream ${var.stream}, push"
  sequence = var.push.sequence
}

module "location" {
  source = "../location"

  default_s3 = var.default_bucket == null ? null : "${var.default_bucket}/${var.stream}/push"
  label      = "Stream ${var.stream}, push"
  location = {
    bucket_owner = var.push.bucket_owner
    exclude      = var.push.exclude
    include      = var.push.include
    kms_key_arn  = var.push.kms_key_arn
    s3           = var.push.s3
    sftp         = var.push.sftp
  }
}

# Only where the user asks for it: a plan of hundreds of streams has no time for modules that do nothing.
module "pgp" {
  count  = var.push.pgp == null ? 0 : 1
  source = "../pgp"

  given  = var.push.pgp
  pgp    = var.push.pgp
  stream = var.stream
}
