output "pull" {
  description = "The pull, normalised: `config` (what the function reads), `bucket_owner` (whose the bucket has to be), `kms_key_arn` (what its role needs), `root` (the remote directory, for comparisons), and what follows from the schedule: `expression` (spread over the hour or the day), `time_zone`, `interval_seconds` (null for cron), `max_gap_minutes` and `schedule`."
  value = {
    config = {
      acl                = var.pull.acl
      after              = var.pull.after
      bucket             = module.location.place.bucket
      directory          = module.location.place.directory
      encryption         = local.encryption
      order              = var.pull.order
      strict_order       = var.pull.strict_order
      exclude            = var.pull.exclude
      include            = var.pull.include
      kms_key_arn        = local.encryption == null ? null : var.pull.kms_key_arn
      max_age_days       = var.pull.max_age_days
      max_files          = var.pull.max_files
      max_size           = var.pull.max_size
      min_size           = var.pull.min_size
      max_open_files     = var.pull.max_open_files
      min_age_seconds    = var.pull.min_age_seconds
      name               = var.pull.name
      name_time_zone     = var.pull.name == null ? null : var.pull.time_zone
      prefix             = module.location.place.prefix
      ready              = var.pull.ready
      retention_days     = var.pull.retention_days
      temporary_suffixes = var.pull.temporary_suffixes
      windows            = local.windows
    }
    bucket_owner     = var.pull.bucket_owner
    expression       = local.spread
    interval_seconds = local.interval_seconds
    kms_key_arn      = var.pull.kms_key_arn
    max_gap_minutes  = local.cron == null ? local.interval_seconds / 60 : local.cron_gap_minutes
    root             = module.location.place.root
    schedule         = var.pull.schedule
    time_zone        = coalesce(var.pull.time_zone, "UTC")
  }

  precondition {
    condition     = !local.cron_never
    error_message = "Stream ${var.stream}, pull.schedule: \"${var.pull.schedule}\" never comes: no such day in its months, or its years are over. For the last day of a month write L."
  }

  precondition {
    condition     = alltrue([for seconds in local.interval_seconds[*] : var.pull.min_age_seconds < seconds])
    error_message = "Stream ${var.stream}, pull.min_age_seconds: ${var.pull.min_age_seconds} s is not shorter than the schedule's ${coalesce(local.interval_seconds, 0)} s, so a file would be passed over at least once for no reason. Give a smaller age or a longer schedule."
  }
}
