# modules/bucket: private, encrypted, versioned, TLS-only, with EventBridge on.
mock_provider "aws" {}

override_resource {
  target = aws_s3_bucket.this
  values = { arn = "arn:aws:s3:::our-bucket", id = "our-bucket" }
}

variables {
  name = "our-bucket"
}

run "defaults" {
  module { source = "./modules/bucket" }

  assert {
    condition     = aws_s3_bucket.this.bucket == "our-bucket" && !aws_s3_bucket.this.force_destroy && output.name == "our-bucket" && output.arn == "arn:aws:s3:::our-bucket"
    error_message = "The bucket is called otherwise, or may be deleted with its files."
  }

  assert {
    condition     = aws_s3_bucket_public_access_block.this.block_public_acls && aws_s3_bucket_public_access_block.this.block_public_policy && aws_s3_bucket_public_access_block.this.ignore_public_acls && aws_s3_bucket_public_access_block.this.restrict_public_buckets && aws_s3_bucket_ownership_controls.this.rule[0].object_ownership == "BucketOwnerEnforced"
    error_message = "The bucket is not private."
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"
    error_message = "The bucket is not encrypted."
  }

  assert {
    condition     = aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled"
    error_message = "The bucket is not versioned."
  }

  assert {
    condition     = aws_s3_bucket_notification.this[0].eventbridge
    error_message = "The bucket's events do not go to EventBridge."
  }

  assert {
    condition     = one(aws_s3_bucket_lifecycle_configuration.this[0].rule[0].abort_incomplete_multipart_upload).days_after_initiation == 7
    error_message = "Parts of uploads that were given up stay for ever."
  }

  assert {
    condition = jsondecode(aws_s3_bucket_policy.this.policy) == {
      Version = "2012-10-17"
      Statement = [{
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = ["arn:aws:s3:::our-bucket", "arn:aws:s3:::our-bucket/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      }]
    }
    error_message = "The bucket's policy has changed: ${aws_s3_bucket_policy.this.policy}"
  }
}

run "with_a_key_and_without_what_can_be_left_out" {
  module { source = "./modules/bucket" }
  variables {
    abort_incomplete_uploads_after_days = null
    eventbridge                         = false
    force_destroy                       = true
    kms_key_arn                         = "arn:aws:kms:eu-west-1:123456789012:key/0d2f0a8e-5f0b-4f3c-9d7b-2f8f5f9a1b2c"
    tags                                = { team = "files" }
  }

  assert {
    condition     = length(aws_s3_bucket_lifecycle_configuration.this) == 0 && length(aws_s3_bucket_notification.this) == 0 && aws_s3_bucket.this.force_destroy && aws_s3_bucket.this.tags == tomap({ team = "files" })
    error_message = "A setting does not reach its place."
  }

  assert {
    condition = alltrue([
      for rule in aws_s3_bucket_server_side_encryption_configuration.this.rule : rule.bucket_key_enabled && one(rule.apply_server_side_encryption_by_default) == {
        kms_master_key_id = "arn:aws:kms:eu-west-1:123456789012:key/0d2f0a8e-5f0b-4f3c-9d7b-2f8f5f9a1b2c"
        sse_algorithm     = "aws:kms"
      }
    ])
    error_message = "The key is not used."
  }
}

run "a_malformed_name" {
  command = plan
  module { source = "./modules/bucket" }
  variables {
    name = "our_bucket"
  }
  expect_failures = [var.name]
}

run "an_alias_where_a_key_belongs" {
  command = plan
  module { source = "./modules/bucket" }
  variables {
    kms_key_arn = "alias/files"
  }
  expect_failures = [var.kms_key_arn]
}

run "no_days_for_uploads" {
  command = plan
  module { source = "./modules/bucket" }
  variables {
    abort_incomplete_uploads_after_days = 0
  }
  expect_failures = [var.abort_incomplete_uploads_after_days]
}

run "old_versions_go_after_their_time" {
  module { source = "./modules/bucket" }

  variables {
    abort_incomplete_uploads_after_days = null
    noncurrent_version_expiration_days  = 90
  }

  assert {
    condition     = length(aws_s3_bucket_lifecycle_configuration.this[0].rule) == 1 && one(aws_s3_bucket_lifecycle_configuration.this[0].rule[0].noncurrent_version_expiration).noncurrent_days == 90 && one(aws_s3_bucket_lifecycle_configuration.this[0].rule[0].expiration).expired_object_delete_marker
    error_message = "Old versions stay for ever."
  }
}

run "what_lies_below_a_prefix_goes_after_its_time" {
  module { source = "./modules/bucket" }

  variables {
    abort_incomplete_uploads_after_days = null
    expirations                         = { "staging/" = 7 }
  }

  assert {
    condition     = length(aws_s3_bucket_lifecycle_configuration.this[0].rule) == 1 && one(aws_s3_bucket_lifecycle_configuration.this[0].rule[0].filter).prefix == "staging/" && one(aws_s3_bucket_lifecycle_configuration.this[0].rule[0].expiration).days == 7 && one(aws_s3_bucket_lifecycle_configuration.this[0].rule[0].noncurrent_version_expiration).noncurrent_days == 1
    error_message = "What lies below the prefix stays, or other objects go with it."
  }
}

run "a_prefix_that_is_the_whole_bucket" {
  command = plan
  module { source = "./modules/bucket" }
  variables {
    expirations = { "/" = 7 }
  }
  expect_failures = [var.expirations]
}

run "no_part_of_a_day" {
  command = plan
  module { source = "./modules/bucket" }
  variables {
    noncurrent_version_expiration_days = 0.5
  }
  expect_failures = [var.noncurrent_version_expiration_days]
}
