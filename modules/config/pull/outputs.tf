output "pull" {
  description = "The pull, normalised: `config` (what the function reads), `bucket_owner` (whose the bucket has to be), `kms_key_arn` and `secrets` (what its role needs), and `time_zone` (of its schedules). What a push and a pull have in common is ../stream's."
  value = {
    config = {
      acl                = var.pull.acl
      after              = var.pull.after
      archive            = one([for archive in var.pull.archive[*] : { directory = one([for one in local.archives : trimsuffix(one.directory, "/")]), name = archive.name }])
      encryption         = local.encryption
      order              = var.pull.order
      strict_order       = var.pull.strict_order
      exclude            = var.pull.exclude
      extract            = var.pull.extract
      include            = var.pull.include
      kms_key_arn        = local.encryption == null ? null : var.pull.kms_key_arn
      max_age_days       = var.pull.max_age_days
      max_files          = var.pull.max_files
      max_size           = var.pull.max_size
      min_size           = var.pull.min_size
      max_open_files     = var.pull.max_open_files
      min_age_seconds    = var.pull.min_age_seconds
      name               = var.pull.name
      name_time_zone     = var.pull.name == null && length(flatten([for archive in var.pull.archive[*] : archive.name[*]])) == 0 ? null : var.pull.time_zone
      on_exists          = var.pull.on_exists
      pgp                = one(module.pgp[*].pgp.config)
      ready              = var.pull.ready
      retention_days     = var.pull.retention_days
      temporary_suffixes = var.pull.temporary_suffixes
    }
    bucket_owner = var.pull.bucket_owner
    kms_key_arn  = var.pull.kms_key_arn
    secrets      = flatten(module.pgp[*].pgp.access)
    time_zone    = coalesce(var.pull.time_zone, "UTC")
  }

  # ── the archive, as far as it meets the polled directory ──
  precondition {
    condition     = alltrue([for archive in local.archives : startswith(archive.path, "/") == startswith(archive.polled, "/")])
    error_message = "Stream ${var.stream}, pull.archive.directory: \"${join("", local.archives[*].directory)}\" and pull.sftp (\"${var.pull.sftp}\") are one from the root and one below the log-in directory, so that nobody can tell whether one lies in the other and would be polled again. Write both in one way."
  }

  precondition {
    condition     = alltrue([for archive in local.archives : !startswith(archive.polled, archive.path)])
    error_message = "Stream ${var.stream}, pull.archive.directory: \"${join("", local.archives[*].directory)}\" is the polled directory (pull.sftp = \"${var.pull.sftp}\") or lies around it, so that what is moved there would be pulled again. Give a directory beside it, or one inside of it, which polls leave out."
  }

  precondition {
    condition     = alltrue([for below in flatten(local.archives[*].below) : !anytrue([for pattern in var.pull.include : startswith(pattern, below)])])
    error_message = "Stream ${var.stream}, pull.include: ${jsonencode(var.pull.include)} has a pattern for files in the archive (pull.archive.directory = \"${join("", local.archives[*].directory)}\"), which isn't polled: nothing would ever match it. Take the pattern out, or move the archive."
  }

  precondition {
    condition     = alltrue([for below in flatten(local.archives[*].below) : alltrue([for ready in var.pull.ready[*] : !contains(split("/", below), ready.marker)])])
    error_message = "Stream ${var.stream}, pull.archive.directory: \"${join("", local.archives[*].directory)}\" has the name of a marker (pull.ready.marker = ${jsonencode(try(var.pull.ready.marker, ""))}): one name can't be a directory and a file. Give the archive another name."
  }
}
