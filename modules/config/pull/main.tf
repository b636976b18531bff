locals {
  # Known at plan time even where the values aren't, as in ../stream.
  given_ready = flatten([for ready in [lookup(var.given, "ready", null)] : keys(ready) if ready != null])

  plain_name_pattern  = "^[^/{}[:cntrl:]]{1,255}$"
  file_marker_pattern = "^([^/{}[:cntrl:]]{1,200}\\{(name|stem)\\}[^/{}[:cntrl:]]{0,200}|\\{(name|stem)\\}[^/{}[:cntrl:]]{1,200})$"

  # What each object is put with: buckets' policies may demand it. Null sends nothing of it, and the bucket's default decides.
  encryption = var.pull.encryption == "bucket" ? null : var.pull.encryption != null ? var.pull.encryption : var.pull.kms_key_arn == null ? null : "aws:kms"
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
