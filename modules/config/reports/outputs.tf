output "reports" {
  description = "As the function reads it: `bucket`, `prefix` (empty, or ending in a slash), `time_zone`, `streams`, `kms_key_arn`; and `bucket_owner`."
  value = {
    bucket       = module.location.place.bucket
    bucket_owner = var.reports.bucket_owner
    kms_key_arn  = var.reports.kms_key_arn
    prefix       = module.location.place.prefix
    streams      = sort(distinct(var.reports.streams == null ? var.streams : var.reports.streams))
    time_zone    = var.reports.time_zone
  }
}
