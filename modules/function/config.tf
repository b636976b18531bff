locals {
  # As in lambda/src/journal/entry.ts.
  staging_prefix    = "staging/"
  gate_prefix       = "${local.staging_prefix}gate/"
  quarantine_prefix = "quarantine/"

  staging_prefixes    = anytrue(values(var.streams)[*].access.staging) ? [local.staging_prefix] : []
  tagged_prefixes     = anytrue([for gate in local.pull_gates : gate.guardduty != null]) ? [local.gate_prefix] : []
  quarantine_prefixes = length(local.pull_gates) > 0 ? [local.quarantine_prefix] : []
}

# An environment variable holds 4 KB: hundreds of streams go into an object, which is named by its content. A new
# configuration is a new object, there before the function reads it, and the old one is there until it was.
module "config_bucket" {
  source = "../bucket"

  abort_incomplete_uploads_after_days = null
  eventbridge                         = false
  # What changes files on their way leaves there when it dies, and what waits for a partner. Kept also where no stream changes any (more).
  # What a gate has rejected stays for who has to look at it.
  expirations                        = { (local.staging_prefix) = 7, (local.quarantine_prefix) = 90 }
  force_destroy                      = true
  kms_key_arn                        = local.kms_key_arn
  noncurrent_version_expiration_days = var.old_version_days
  name                               = "${var.name}-config-${local.account_id}-${local.region}"
  tags                               = var.tags
}

resource "aws_s3_object" "config" {
  bucket       = module.config_bucket.name
  key          = "config/${sha256(var.config_json)}.json"
  content      = var.config_json
  content_type = "application/json"

  # Said here as well, so that another key encrypts it anew: the role may use the present key alone.
  kms_key_id             = local.kms_key_arn
  server_side_encryption = var.kms_key == null ? "AES256" : "aws:kms"

  # An object has at most ten tags: a provider with more default tags could not make it.
  override_provider {
    default_tags {
      tags = {}
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}
