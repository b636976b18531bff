locals {
  # A time zone alone limits nothing.
  windows = length(setintersection(keys(var.given), ["calendars", "windows"])) == 0 ? null : one(module.windows[*].windows)

  # Known at plan time even where the values aren't, as in ../stream.
  given = {
    for part in ["archive", "extract", "ready"] : part => flatten([for value in [lookup(var.given, part, null)] : keys(value) if value != null])
  }

  patterns = {
    directory   = "^/?[^/\\\\[:cntrl:][:space:]]([^/\\\\[:cntrl:]]{0,253}[^/\\\\[:cntrl:][:space:]])?(/[^/\\\\[:cntrl:][:space:]]([^/\\\\[:cntrl:]]{0,253}[^/\\\\[:cntrl:][:space:]])?)*/?$"
    archive     = "^(\\{dir\\}/)?([^{}\\\\[:cntrl:]]|\\{(name|stem|ext|stream|(now|mtime):(yyyy|yy|MM|dd|HH|mm|ss|[-_.T])+)\\})+$"
    template    = "^(\\{dir\\}/)?([^{}\\\\[:cntrl:]]|\\{(name|stem|ext|stream|seq(:([1-9]|1[0-5]))?|(now|mtime):(yyyy|yy|MM|dd|HH|mm|ss|[-_.T])+)\\})+$"
    into        = "^(\\{dir\\}/)?([^{}\\\\[:cntrl:]]|\\{(name|stem|stream)\\})+$"
    plain_name  = "^[^/{}[:cntrl:]]{1,255}$"
    file_marker = "^([^/{}[:cntrl:]]{1,200}\\{(name|stem)\\}[^/{}[:cntrl:]]{0,200}|\\{(name|stem)\\}[^/{}[:cntrl:]]{1,200})$"
  }

  # What each object is put with: buckets' policies may demand it. Null sends nothing of it, and the bucket's default decides.
  encryption = var.pull.encryption == "bucket" ? null : var.pull.encryption != null ? var.pull.encryption : var.pull.kms_key_arn == null ? null : "aws:kms"
}

locals {
  # A list of at most one each, so that what isn't there is checked by nothing.
  archive_directories = flatten([for archive in var.pull.archive[*] : archive.directory[*]])
  archive_names       = flatten([for archive in var.pull.archive[*] : archive.name[*]])

  # Both as paths that end in a slash: one lies in the other exactly if it begins with it.
  polled   = var.pull.sftp == "" ? "" : "${trimsuffix(var.pull.sftp, "/")}/"
  archives = [for directory in local.archive_directories : "${trimsuffix(directory, "/")}/"]
  # The archive's path below the polled directory, where it lies there.
  archives_below = [for archive in local.archives : trimprefix(archive, local.polled) if startswith(archive, local.polled) && startswith(archive, "/") == startswith(local.polled, "/")]
}

# Only where the user wrote one of the keys: the list of time zones is long.
module "windows" {
  count  = length(setintersection(keys(var.given), ["calendars", "time_zone", "windows"])) == 0 ? 0 : 1
  source = "../windows"

  calendars       = var.pull.calendars
  given           = var.pull.windows
  known_calendars = var.calendars
  label           = "Stream ${var.stream}, pull"
  time_zone       = var.pull.time_zone
  windows         = var.pull.windows
}

module "gate" {
  count  = var.pull.gate == null ? 0 : 1
  source = "../gate"

  direction = "pull"
  gate      = var.pull.gate
  given     = var.pull.gate
  stream    = var.stream
}

module "sequence" {
  count  = var.pull.sequence == null ? 0 : 1
  source = "../sequence"

  given    = var.pull.sequence
  include  = var.pull.include
  label    = "Stream ${var.stream}, pull"
  sequence = var.pull.sequence
}

module "location" {
  source = "../location"

  default_s3 = var.default_bucket == null ? null : "${var.default_bucket}/${var.stream}/pull"
  label      = "Stream ${var.stream}, pull"
  location = {
    bucket_owner = var.pull.bucket_owner
    exclude      = var.pull.exclude
    include      = var.pull.include
    kms_key_arn  = var.pull.kms_key_arn
    s3           = var.pull.s3
    sftp         = var.pull.sftp
  }
}

# Only where the user asks for it: a plan of hundreds of streams has no time for modules that do nothing.
module "pgp" {
  count  = var.pull.pgp == null ? 0 : 1
  source = "../pull-pgp"

  given  = var.pull.pgp
  pgp    = var.pull.pgp
  stream = var.stream
}
