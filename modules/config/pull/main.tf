locals {
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

# Only where the user asks for it: a plan of hundreds of streams has no time for modules that do nothing.
module "pgp" {
  count  = var.pull.pgp == null ? 0 : 1
  source = "../pull-pgp"

  given  = var.pull.pgp
  pgp    = var.pull.pgp
  stream = var.stream
}
