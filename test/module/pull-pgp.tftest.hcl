# modules/config/pull-pgp: what files are decrypted with.
variables {
  given  = {}
  stream = "acme"
}

run "keys_on_their_way" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = {
      sftp     = "outbox"
      s3       = "our-bucket/in"
      schedule = "rate(5 minutes)"
      pgp = {
        decrypt_with = [{ secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:pgp/ours-AbCdEf" }, { ssm_parameter = "/pgp/next" }]
        passphrase   = { ssm_parameter = "/pgp/words" }
        verify_from  = [{ s3 = "our-keys/acme.asc" }]
      }
    }
  }

  assert {
    condition     = output.pull.config.pgp.strip_suffix == ".pgp" && output.pull.config.pgp.decrypt_with[1].ssm_parameter == "/pgp/next" && output.pull.config.pgp.passphrase.ssm_parameter == "/pgp/words" && output.pull.config.pgp.verify_from[0].s3 == "our-keys/acme.asc"
    error_message = "What files are decrypted with changed on its way."
  }

  assert {
    condition     = output.pull.config.pgp.require_signature
    error_message = "Who names senders is content with anybody's file."
  }

  assert {
    condition     = length(output.pull.secrets) == 4
    error_message = "The role may not read the keys."
  }
}

run "nobody_to_verify" {
  command = plan
  module { source = "./modules/config/pull-pgp" }
  variables {
    pgp = { decrypt_with = [{ ssm_parameter = "/pgp/ours" }] }
  }

  assert {
    condition     = !output.pgp.config.require_signature && length(output.pgp.config.verify_from) == 0 && output.pgp.config.passphrase == null
    error_message = "A signature of nobody is wanted."
  }
}

run "signatures_that_are_looked_at_and_not_wanted" {
  command = plan
  module { source = "./modules/config/pull-pgp" }
  variables {
    pgp = { decrypt_with = [{ ssm_parameter = "/pgp/ours" }], verify_from = [{ ssm_parameter = "/pgp/acme" }], require_signature = false }
  }

  assert {
    condition     = !output.pgp.config.require_signature
    error_message = "What the user wrote doesn't hold."
  }
}

run "a_key_with_an_unknown_field_beside_it" {
  command = plan
  module { source = "./modules/config/pull-pgp" }
  variables {
    given = { decrypt_with = [{ ssm_parameter = "/pgp/ours" }], decrypt = true }
    pgp   = { decrypt_with = [{ ssm_parameter = "/pgp/ours" }] }
  }
  expect_failures = [var.pgp]
}

run "nothing_to_decrypt_with" {
  command = plan
  module { source = "./modules/config/pull-pgp" }
  variables {
    pgp = { verify_from = [{ ssm_parameter = "/pgp/acme" }] }
  }
  expect_failures = [var.pgp]
}

run "a_private_key_that_was_pasted" {
  command = plan
  module { source = "./modules/config/pull-pgp" }
  variables {
    pgp = { decrypt_with = ["-----BEGIN PGP PRIVATE KEY BLOCK-----"] }
  }
  expect_failures = [var.pgp]
}

run "a_public_key_that_was_pasted" {
  command = plan
  module { source = "./modules/config/pull-pgp" }
  variables {
    pgp = { decrypt_with = [{ ssm_parameter = "/pgp/ours" }], verify_from = ["-----BEGIN PGP PUBLIC KEY BLOCK-----"] }
  }
  expect_failures = [var.pgp]
}

run "a_passphrase_that_was_pasted" {
  command = plan
  module { source = "./modules/config/pull-pgp" }
  variables {
    pgp = { decrypt_with = [{ ssm_parameter = "/pgp/ours" }], passphrase = "hunter2" }
  }
  expect_failures = [var.pgp]
}

run "a_signature_of_nobody" {
  command = plan
  module { source = "./modules/config/pull-pgp" }
  variables {
    pgp = { decrypt_with = [{ ssm_parameter = "/pgp/ours" }], require_signature = true }
  }
  expect_failures = [var.pgp]
}

run "an_ending_with_a_slash" {
  command = plan
  module { source = "./modules/config/pull-pgp" }
  variables {
    pgp = { decrypt_with = [{ ssm_parameter = "/pgp/ours" }], strip_suffix = "/x" }
  }
  expect_failures = [var.pgp]
}
