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
  # A list of at most one, so that what isn't there is checked by nothing: the archive's directory as it was given, it (`path`) and the
  # polled one (`polled`) as paths that end in a slash, and the first below the second (`below`; empty where it doesn't lie there).
  archives = [
    for archive in flatten([for archive in var.pull.archive[*] : [
      for directory in archive.directory[*] : {
        directory = directory
        path      = "${trimsuffix(directory, "/")}/"
        polled    = var.pull.sftp == "" ? "" : "${trimsuffix(var.pull.sftp, "/")}/"
      }
    ]]) :
    merge(archive, {
      below = [
        for path in [trimprefix(archive.path, archive.polled)] : path
        if startswith(archive.path, archive.polled) && startswith(archive.path, "/") == startswith(archive.polled, "/")
      ]
    })
  ]
}

# Only where the user asks for it: a plan of hundreds of streams has no time for modules that do nothing.
module "pgp" {
  count  = var.pull.pgp == null ? 0 : 1
  source = "../pull-pgp"

  given  = var.pull.pgp
  pgp    = var.pull.pgp
  stream = var.stream
}
