# modules/config/pgp: what objects are encrypted with.
variables {
  given  = {}
  stream = "acme"
}

run "a_key_with_an_unknown_field_beside_it" {
  command = plan
  module { source = "./modules/config/pgp" }
  variables {
    given = { encrypt_to = [{ ssm_parameter = "/pgp/acme" }], encrypt = true }
    pgp   = { encrypt_to = [{ ssm_parameter = "/pgp/acme" }] }
  }
  expect_failures = [var.pgp]
}

run "nobody_to_encrypt_to" {
  command = plan
  module { source = "./modules/config/pgp" }
  variables {
    pgp = { sign_with = { ssm_parameter = "/pgp/ours" } }
  }
  expect_failures = [var.pgp]
}

run "a_key_that_was_pasted" {
  command = plan
  module { source = "./modules/config/pgp" }
  variables {
    pgp = { encrypt_to = ["-----BEGIN PGP PUBLIC KEY BLOCK-----"] }
  }
  expect_failures = [var.pgp]
}

run "a_passphrase_for_nothing" {
  command = plan
  module { source = "./modules/config/pgp" }
  variables {
    pgp = { encrypt_to = [{ ssm_parameter = "/pgp/acme" }], passphrase = { ssm_parameter = "/pgp/words" } }
  }
  expect_failures = [var.pgp]
}

run "an_ending_with_a_slash" {
  command = plan
  module { source = "./modules/config/pgp" }
  variables {
    pgp = { encrypt_to = [{ ssm_parameter = "/pgp/acme" }], suffix = "/x" }
  }
  expect_failures = [var.pgp]
}
