locals {
  # What each object is put with: buckets' policies may demand it. Null sends nothing of it, and the bucket's default decides.
  encryption = var.pull.encryption == "bucket" ? null : var.pull.encryption != null ? var.pull.encryption : var.pull.kms_key_arn == null ? null : "aws:kms"
}

module "location" {
  source = "../location"

  default_s3 = var.default_bucket == null ? null : "${var.default_bucket}/${var.stream}/pull"
  label      = "Stream ${var.stream}, pull"
  location = {
    exclude     = var.pull.exclude
    include     = var.pull.include
    kms_key_arn = var.pull.kms_key_arn
    s3          = var.pull.s3
    sftp        = var.pull.sftp
  }
}
