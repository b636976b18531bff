# modules/config/stream: the partner of a stream.
variables {
  default_bucket = "own-bucket"
  given          = {}
  name           = "acme"
  push           = { s3 = "our-bucket/out/acme", sftp = "inbox" }
  sftp = {
    host      = "sftp.acme.example"
    host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"]
    password  = { ssm_parameter = "/sftp/acme" }
    username  = "us"
  }
}

run "defaults" {
  command = plan
  module { source = "./modules/config/stream" }

  assert {
    condition     = output.stream.config.sftp.port == 22 && output.stream.config.sftp.max_connections == 1 && output.stream.config.sftp.connect_timeout_seconds == 20 && output.stream.config.sftp.operation_timeout_seconds == 30 && output.stream.config.sftp.insecure_ignore_host_key == false && length(output.stream.config.sftp.options) == 0
    error_message = "A default of sftp changed."
  }

  assert {
    condition     = output.stream.config.retry_for_days == 7
    error_message = "A default of the stream changed."
  }

  assert {
    condition     = output.stream.config.sftp.private_key == null && output.stream.config.sftp.passphrase == null
    error_message = "What isn't given is null."
  }

  assert {
    condition     = output.stream.config.pull == null && output.stream.schedule == null
    error_message = "There is no pull."
  }
}

run "an_ipv4_address" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "10.0.0.1", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" } }
  }
}

run "an_ipv6_address" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "2001:db8::1", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" } }
  }
}

run "an_ipv6_address_in_brackets_and_at_length" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "[2001:0DB8:0:0:0:0:0:1]", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" } }
  }

  assert {
    condition     = output.stream.config.sftp.host == "2001:db8::1"
    error_message = "Got ${output.stream.config.sftp.host}."
  }
}

run "a_name_in_capitals_and_with_a_dot" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "SFTP.Acme.Example.", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" } }
  }

  assert {
    condition     = output.stream.config.sftp.host == "sftp.acme.example"
    error_message = "Got ${output.stream.config.sftp.host}."
  }
}

run "brackets_around_a_name" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "[sftp.acme.example]", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" } }
  }
  expect_failures = [var.sftp]
}

run "a_single_label" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "localhost", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" } }
  }
}

run "a_name_with_an_underscore" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp_1.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" } }
  }
}

run "a_name_with_a_final_dot" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example.", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" } }
  }
}

run "a_fingerprint_with_padding" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ="], password = { ssm_parameter = "/sftp/acme" } }
  }
}

run "a_key_line" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ5wJkVzrs0iJ6y0ZBm8o0n0b3pC4m5J7yS4J8yqk3mN"], password = { ssm_parameter = "/sftp/acme" } }
  }
}

run "a_known_hosts_line" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["[sftp.acme.example]:2222,10.0.0.1 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ5wJkVzrs0iJ6y0ZBm8o0n0b3pC4m5J7yS4J8yqk3mN comment"], password = { ssm_parameter = "/sftp/acme" } }
  }
}

run "a_hashed_known_hosts_line" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ5wJkVzrs0iJ6y0ZBm8o0n0b3pC4m5J7yS4J8yqk3mN"], password = { ssm_parameter = "/sftp/acme" } }
  }
}

run "an_unchecked_host_key_is_said_so" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", password = { ssm_parameter = "/sftp/acme" }, insecure_ignore_host_key = true }
  }
}

run "a_key_with_its_passphrase_and_a_password" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, private_key = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:sftp/acme-AbCdEf" }, passphrase = { ssm_parameter = "/sftp/acme/passphrase" } }
  }

  assert {
    condition     = output.stream.config.sftp.private_key.secret_arn != null && output.stream.config.sftp.passphrase.ssm_parameter == "/sftp/acme/passphrase" && output.stream.config.sftp.password.ssm_parameter == "/sftp/acme"
    error_message = "A secret was lost or mixed up."
  }

  assert {
    condition     = length(output.stream.access.secrets) == 3
    error_message = "The role has to read all three."
  }
}

run "options_keep_their_shape" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, options = { algorithms = { cipher = ["aes256-ctr"] }, keepaliveInterval = 10000, tryKeyboard = true } }
  }

  assert {
    condition     = output.stream.config.sftp.options.algorithms.cipher[0] == "aes256-ctr" && output.stream.config.sftp.options.keepaliveInterval == 10000
    error_message = "An option changed on its way."
  }
}

run "nulls_mean_defaults" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp  = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, port = null, max_connections = null, options = null, private_key = null }
    given = { sftp = null, push = null, pull = null }
  }

  assert {
    condition     = output.stream.config.sftp.port == 22
    error_message = "null is not the default."
  }
}

run "an_unknown_key" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { hostname = "sftp.acme.example" } }
  }
  expect_failures = [var.sftp]
}

run "no_partner" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = null
  }
  expect_failures = [var.sftp]
}

run "no_host" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" } }
  }
  expect_failures = [var.sftp]
}

run "an_sftp_address" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp://sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" } }
  }
  expect_failures = [var.sftp]
}

run "a_host_with_a_port" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example:22", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" } }
  }
  expect_failures = [var.sftp]
}

run "a_host_with_a_user" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "us@sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" } }
  }
  expect_failures = [var.sftp]
}

run "a_host_with_a_path" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example/inbox", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" } }
  }
  expect_failures = [var.sftp]
}

run "a_host_with_a_space" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example ", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" } }
  }
  expect_failures = [var.sftp]
}

run "a_host_with_an_empty_label" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp..example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" } }
  }
  expect_failures = [var.sftp]
}

run "a_number_for_an_address" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "10.0.0", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" } }
  }
  expect_failures = [var.sftp]
}

run "an_address_out_of_range" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "10.0.0.256", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" } }
  }
  expect_failures = [var.sftp]
}

run "no_host_keys" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", password = { ssm_parameter = "/sftp/acme" } }
  }
  expect_failures = [var.sftp]
}

run "an_empty_list_of_host_keys" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = [], password = { ssm_parameter = "/sftp/acme" } }
  }
  expect_failures = [var.sftp]
}

run "host_keys_that_are_not_checked" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, insecure_ignore_host_key = true }
  }
  expect_failures = [var.sftp]
}

run "a_fingerprint_that_is_too_short" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP"], password = { ssm_parameter = "/sftp/acme" } }
  }
  expect_failures = [var.sftp]
}

run "a_fingerprint_without_its_algorithm" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" } }
  }
  expect_failures = [var.sftp]
}

run "an_md5_fingerprint" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48"], password = { ssm_parameter = "/sftp/acme" } }
  }
  expect_failures = [var.sftp]
}

run "an_empty_host_key" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", ""], password = { ssm_parameter = "/sftp/acme" } }
  }
  expect_failures = [var.sftp]
}

run "a_type_and_a_key_that_do_not_belong_together" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIJ5wJkVzrs0iJ6y0ZBm8o0n0b3pC4m5J7yS4J8yqk3mN"], password = { ssm_parameter = "/sftp/acme" } }
  }
  expect_failures = [var.sftp]
}

run "a_key_without_its_type" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "AAAAC3NzaC1lZDI1NTE5AAAAIJ5wJkVzrs0iJ6y0ZBm8o0n0b3pC4m5J7yS4J8yqk3mN"], password = { ssm_parameter = "/sftp/acme" } }
  }
  expect_failures = [var.sftp]
}

run "a_certificate_authority" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "@cert-authority * ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ5wJkVzrs0iJ6y0ZBm8o0n0b3pC4m5J7yS4J8yqk3mN"], password = { ssm_parameter = "/sftp/acme" } }
  }
  expect_failures = [var.sftp]
}

run "a_private_key_for_a_host_key" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "-----BEGIN OPENSSH PRIVATE KEY-----"], password = { ssm_parameter = "/sftp/acme" } }
  }
  expect_failures = [var.sftp]
}

run "no_username" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" } }
  }
  expect_failures = [var.sftp]
}

run "a_username_with_a_space_at_its_end" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us ", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" } }
  }
  expect_failures = [var.sftp]
}

run "a_username_with_a_control_character" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "u\ns", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" } }
  }
  expect_failures = [var.sftp]
}

run "no_credentials" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"] }
  }
  expect_failures = [var.sftp]
}

run "a_certificate_without_a_key" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, certificate = { ssm_parameter = "/sftp/acme/certificate" } }
  }

  expect_failures = [var.sftp]
}

run "certificates_of_both_sides" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", private_key = { ssm_parameter = "/sftp/acme" }, certificate = { s3 = "our-keys/acme-cert.pub" }, host_ca_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "@cert-authority *.acme.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ theirs"] }
  }

  assert {
    condition     = length(output.stream.config.sftp.host_ca_keys) == 2 && length(output.stream.config.sftp.host_keys) == 0
    error_message = "Authorities alone are refused, or not passed on."
  }

  assert {
    condition     = output.stream.config.sftp.certificate.s3 == "our-keys/acme-cert.pub" && length(output.stream.access.secrets) == 2 && output.stream.alarms.certificate_days == 14
    error_message = "The certificate isn't passed on, or nobody is told before it expires."
  }
}

run "a_certificate_for_the_jump_host_alone" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, via = { type = "ssh", host = "jump.example", username = "jump", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], private_key = { ssm_parameter = "/jump" }, certificate = { s3 = "our-keys/jump-cert.pub" } } }
  }

  assert {
    condition     = output.stream.alarms.certificate_days == 14 && output.stream.config.sftp.certificate == null
    error_message = "Nobody is told before the certificate for the jump host expires."
  }
}

run "an_authority_among_host_keys" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", password = { ssm_parameter = "/sftp/acme" }, host_keys = ["@cert-authority *.acme.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"] }
  }

  expect_failures = [var.sftp]
}

run "a_host_key_among_authorities" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", password = { ssm_parameter = "/sftp/acme" }, host_ca_keys = ["sftp.acme.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"] }
  }

  expect_failures = [var.sftp]
}

run "one_key_as_both" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", password = { ssm_parameter = "/sftp/acme" }, host_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], host_ca_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"] }
  }

  expect_failures = [var.sftp]
}

run "a_passphrase_without_a_key" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, passphrase = { ssm_parameter = "/sftp/acme" } }
  }
  expect_failures = [var.sftp]
}

run "an_option_that_is_a_field" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, options = { port = 22 } }
  }
  expect_failures = [var.sftp]
}

run "an_option_that_replaces_the_host_key_check" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, options = { hostHash = "md5" } }
  }
  expect_failures = [var.sftp]
}

run "an_option_that_ssh2_does_not_know" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, options = { keepAlive = 10 } }
  }
  expect_failures = [var.sftp]
}

run "options_that_are_text" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, options = "-o Ciphers=aes256-ctr" }
  }
  expect_failures = [var.sftp]
}

run "algorithms_added_and_removed" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, options = { algorithms = { kex = { append = ["diffie-hellman-group14-sha1"], remove = "ecdh-sha2-nistp521" }, serverHostKey = { prepend = ["ssh-rsa"] }, cipher = ["aes256-gcm@openssh.com"] }, keepaliveCountMax = 5 } }
  }

  assert {
    condition     = length(keys(output.stream.config.sftp.options)) > 0
    error_message = "The options did not arrive."
  }
}

run "an_interval_that_is_text" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, options = { keepaliveInterval = "ten seconds" } }
  }
  expect_failures = [var.sftp]
}

run "an_interval_below_zero" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, options = { keepaliveInterval = -1 } }
  }
  expect_failures = [var.sftp]
}

run "keyboard_neither_true_nor_false" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, options = { tryKeyboard = "maybe" } }
  }
  expect_failures = [var.sftp]
}

run "both_families" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, options = { forceIPv4 = true, forceIPv6 = true } }
  }
  expect_failures = [var.sftp]
}

run "an_unknown_kind_of_algorithm" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, options = { algorithms = { ciphers = ["aes256-ctr"] } } }
  }
  expect_failures = [output.stream]
}

run "algorithms_as_a_list" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, options = { algorithms = ["aes256-ctr"] } }
  }
  expect_failures = [output.stream]
}

run "an_unknown_change_of_algorithms" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, options = { algorithms = { kex = { add = ["diffie-hellman-group14-sha1"] } } } }
  }
  expect_failures = [output.stream]
}

run "no_algorithm_at_all" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, options = { algorithms = { cipher = [] } } }
  }
  expect_failures = [output.stream]
}

run "algorithms_with_commas" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, options = { algorithms = { cipher = ["aes256-ctr,aes128-ctr"] } } }
  }
  expect_failures = [output.stream]
}

run "what_is_said_of_the_server_keeps_its_shape" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, username = "us", server = { several_handles = false, open_files = 5 } }
  }

  assert {
    condition     = output.stream.config.sftp.server.several_handles == false && output.stream.config.sftp.server.open_files == 5
    error_message = "What was said of the server changed on its way."
  }
}

run "an_unknown_trait_of_the_server" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, username = "us", server = { several_handle = false } }
  }
  expect_failures = [var.sftp]
}

run "a_trait_of_the_server_of_another_kind" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, username = "us", server = { open_files = 0 } }
  }
  expect_failures = [var.sftp]
}

run "a_password_in_plain_text" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = "hunter2", username = "us" }
  }
  expect_failures = [var.sftp]
}
