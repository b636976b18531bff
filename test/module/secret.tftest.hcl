# modules/config/secret: a reference to a secret is complete, well formed, and nothing else.
variables {
  label      = "Stream acme, sftp.private_key"
  s3_allowed = true
  given      = {}
  secret     = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:sftp/acme-AbCdEf" }
}

run "a_secret_by_arn_is_carried_as_it_is" {
  command = plan
  module { source = "./modules/config/secret" }

  assert {
    condition     = output.secret.config.secret_arn == "arn:aws:secretsmanager:eu-west-1:123456789012:secret:sftp/acme-AbCdEf" && output.secret.config.ssm_parameter == null && output.secret.config.s3 == null
    error_message = "The reference changed on its way."
  }

  assert {
    condition     = output.secret.access[0].secret_arn == output.secret.config.secret_arn && output.secret.access[0].ssm_parameter == null && output.secret.access[0].s3 == null
    error_message = "The role is not told where the secret is."
  }

  assert {
    condition     = !contains(keys(output.secret.config), "kms_key_arn")
    error_message = "The function has no use for the key's ARN; only its role has."
  }
}

run "every_field_is_accepted" {
  command = plan
  module { source = "./modules/config/secret" }
  variables {
    given = { encryption_context = null, kms_key_arn = null, s3 = null }
    secret = {
      encryption_context = { purpose = "sftp" }
      kms_key_arn        = "arn:aws:kms:eu-west-1:123456789012:key/0d2f0a8e-5f0b-4f3c-9d7b-2f8f5f9a1b2c"
      s3                 = "our-keys/sftp/acme"
    }
  }

  assert {
    condition     = output.secret.config.encryption_context == tomap({ purpose = "sftp" }) && output.secret.access[0].kms_key_arn != null && output.secret.access[0].s3 == "our-keys/sftp/acme"
    error_message = "A field was lost."
  }
}

run "parameters_go_by_name_path_or_arn" {
  command = plan
  module { source = "./modules/config/secret" }
  variables {
    secret = { ssm_parameter = "/sftp/acme.key_1", json_key = "password" }
  }

  assert {
    condition     = output.secret.access[0].ssm_parameter == "/sftp/acme.key_1" && output.secret.config.ssm_parameter == "/sftp/acme.key_1" && output.secret.config.json_key == "password"
    error_message = "The parameter's name changed on its way."
  }
}

run "a_parameter_by_arn" {
  command = plan
  module { source = "./modules/config/secret" }
  variables {
    secret = { ssm_parameter = "arn:aws:ssm:eu-west-1:123456789012:parameter/sftp/acme" }
  }
}

run "unknown_key" {
  command = plan
  module { source = "./modules/config/secret" }
  variables {
    given = { secret_arn = "…", secretarn = "…" }
  }
  expect_failures = [var.secret]
}

run "an_object_in_s3_is_for_private_keys_only" {
  command = plan
  module { source = "./modules/config/secret" }
  variables {
    s3_allowed = false
    given      = { s3 = "our-keys/password", ssm_parameter = "/sftp/acme" }
  }
  expect_failures = [var.secret]
}

run "two_places" {
  command = plan
  module { source = "./modules/config/secret" }
  variables {
    secret = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:sftp/acme-AbCdEf", ssm_parameter = "/sftp/acme" }
  }
  expect_failures = [var.secret]
}

run "no_place" {
  command = plan
  module { source = "./modules/config/secret" }
  variables {
    secret = { json_key = "password" }
  }
  expect_failures = [var.secret]
}

run "a_name_where_an_arn_belongs" {
  command = plan
  module { source = "./modules/config/secret" }
  variables {
    secret = { secret_arn = "sftp/acme" }
  }
  expect_failures = [var.secret]
}

run "the_arn_of_something_else" {
  command = plan
  module { source = "./modules/config/secret" }
  variables {
    secret = { secret_arn = "arn:aws:ssm:eu-west-1:123456789012:parameter/sftp/acme" }
  }
  expect_failures = [var.secret]
}

run "a_malformed_parameter_name" {
  command = plan
  module { source = "./modules/config/secret" }
  variables {
    secret = { ssm_parameter = "/sftp/acme key" }
  }
  expect_failures = [var.secret]
}

run "a_bucket_without_a_key" {
  command = plan
  module { source = "./modules/config/secret" }
  variables {
    secret = { s3 = "our-keys" }
  }
  expect_failures = [var.secret]
}

run "an_s3_address" {
  command = plan
  module { source = "./modules/config/secret" }
  variables {
    secret = { s3 = "s3://our-keys/sftp/acme" }
  }
  expect_failures = [var.secret]
}

run "an_object_key_with_a_wildcard" {
  command = plan
  module { source = "./modules/config/secret" }
  variables {
    secret = { s3 = "our-keys/sftp/*" }
  }
  expect_failures = [var.secret]
}

run "an_empty_json_key" {
  command = plan
  module { source = "./modules/config/secret" }
  variables {
    secret = { ssm_parameter = "/sftp/acme", json_key = "" }
  }
  expect_failures = [var.secret]
}

run "a_json_key_of_an_object" {
  command = plan
  module { source = "./modules/config/secret" }
  variables {
    secret = { s3 = "our-keys/sftp/acme", json_key = "key" }
  }
  expect_failures = [var.secret]
}

run "an_encryption_context_without_an_object" {
  command = plan
  module { source = "./modules/config/secret" }
  variables {
    secret = { ssm_parameter = "/sftp/acme", encryption_context = { purpose = "sftp" } }
  }
  expect_failures = [var.secret]
}

run "an_alias_where_a_key_belongs" {
  command = plan
  module { source = "./modules/config/secret" }
  variables {
    secret = { ssm_parameter = "/sftp/acme", kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:alias/sftp" }
  }
  expect_failures = [var.secret]
}

run "a_private_key_in_a_bucket_with_a_key_of_its_own" {
  command = plan
  variables {
    s3_allowed = true
    given      = { s3 = null, kms_key_arn = null, bucket_kms_key_arn = null }
    secret     = { s3 = "our-keys/sftp/acme", kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/client", bucket_kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/bucket" }
  }
  module { source = "./modules/config/secret" }

  assert {
    condition     = output.secret.access[0].kms_key_arn == "arn:aws:kms:eu-west-1:123456789012:key/client" && !output.secret.access[0].through_s3 && [for access in slice(output.secret.access, 1, length(output.secret.access)) : "${access.s3} ${access.kms_key_arn} ${access.through_s3}"] == ["our-keys/sftp/acme arn:aws:kms:eu-west-1:123456789012:key/bucket true"]
    error_message = "The role is not given the bucket's key, or without the bound to S3."
  }
}

run "a_key_of_a_bucket_without_a_bucket" {
  command = plan
  variables {
    s3_allowed = true
    given      = { secret_arn = null, bucket_kms_key_arn = null }
    secret     = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:acme-AbCdEf", bucket_kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/bucket" }
  }
  module { source = "./modules/config/secret" }
  expect_failures = [var.secret]
}

run "a_key_of_a_bucket_that_is_no_key" {
  command = plan
  variables {
    secret = { s3 = "our-keys/sftp/acme", bucket_kms_key_arn = "alias/sftp" }
  }
  module { source = "./modules/config/secret" }
  expect_failures = [var.secret]
}

run "an_owner_of_a_bucket_without_a_bucket" {
  command = plan
  variables {
    secret = { ssm_parameter = "/sftp/acme", bucket_owner = "123456789012" }
  }
  module { source = "./modules/config/secret" }
  expect_failures = [var.secret]
}

run "an_owner_of_a_bucket_that_is_no_account" {
  command = plan
  variables {
    secret = { s3 = "our-keys/sftp/acme", bucket_owner = "acme" }
  }
  module { source = "./modules/config/secret" }
  expect_failures = [var.secret]
}
