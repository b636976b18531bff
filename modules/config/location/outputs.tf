output "bucket" {
  description = "Name of the bucket."
  value       = local.bucket
}

output "directory" {
  description = "Remote directory without a trailing slash; empty is the log-in directory, `/` the root."
  value       = var.location.sftp == "/" ? "/" : trimsuffix(var.location.sftp, "/")
}

output "prefix" {
  description = "Key prefix: empty, or ending in a slash."
  value       = local.folder == "" ? "" : "${local.folder}/"
}
