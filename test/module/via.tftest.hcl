# modules/config/via: the proxy or jump host in front of a partner; and what a stream makes of it.
variables {
  authority_pattern = "^(@cert-authority \\S+ )?ssh-ed25519 AAAA"
  default_bucket    = "own-bucket"
  given             = {}
  host_key_pattern  = "^SHA256:[A-Za-z0-9+/]{43}=?$"
  name              = "acme"
  push              = { s3 = "our-bucket/out/acme", sftp = "inbox" }
  sftp              = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" } }
  stream            = "acme"
  via               = { type = "socks5", host = "proxy.example" }
}

run "a_socks_proxy" {
  command = plan
  module { source = "./modules/config/via" }

  assert {
    condition     = output.via.config.port == 1080 && output.via.config.host == "proxy.example" && output.via.config.username == null && length(output.via.access) == 0
    error_message = "A default of a SOCKS5 proxy changed."
  }
}

run "an_http_proxy_with_a_log_in" {
  command = plan
  module { source = "./modules/config/via" }
  variables {
    via = { type = "http", host = "Proxy.Example.", username = "bridge", password = { ssm_parameter = "/proxy" } }
  }

  assert {
    condition     = output.via.config.port == 3128 && output.via.config.host == "proxy.example" && output.via.config.password.ssm_parameter == "/proxy" && length(output.via.access) == 1
    error_message = "The proxy's log-in isn't passed on."
  }
}

run "a_jump_host" {
  command = plan
  module { source = "./modules/config/via" }
  variables {
    via = { type = "ssh", host = "2001:DB8::1", username = "jump", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], private_key = { s3 = "our-keys/jump" }, passphrase = { ssm_parameter = "/jump" } }
  }

  assert {
    condition     = output.via.config.port == 22 && output.via.config.host == "2001:db8::1" && output.via.config.private_key.s3 == "our-keys/jump" && length(output.via.access) == 2
    error_message = "The jump host isn't passed on."
  }
}

run "an_unknown_kind" {
  command = plan
  module { source = "./modules/config/via" }
  variables {
    given = { type = "socks4", host = "proxy.example" }
    via   = { type = "socks4", host = "proxy.example" }
  }

  expect_failures = [var.via]
}

run "a_url_for_a_host" {
  command = plan
  module { source = "./modules/config/via" }
  variables {
    given = { type = "http", host = "http://proxy.example:3128" }
    via   = { type = "http", host = "http://proxy.example:3128" }
  }

  expect_failures = [var.via]
}

run "no_host" {
  command = plan
  module { source = "./modules/config/via" }
  variables {
    given = { type = "http" }
    via   = { type = "http" }
  }

  expect_failures = [var.via]
}

run "a_jump_host_that_is_not_pinned" {
  command = plan
  module { source = "./modules/config/via" }
  variables {
    given = { type = "ssh", host = "jump.example", username = "jump", private_key = { ssm_parameter = "/jump" } }
    via   = { type = "ssh", host = "jump.example", username = "jump", private_key = { ssm_parameter = "/jump" } }
  }

  expect_failures = [var.via]
}

run "a_jump_host_without_a_user" {
  command = plan
  module { source = "./modules/config/via" }
  variables {
    given = { type = "ssh", host = "jump.example", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], private_key = { ssm_parameter = "/jump" } }
    via   = { type = "ssh", host = "jump.example", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], private_key = { ssm_parameter = "/jump" } }
  }

  expect_failures = [var.via]
}

run "a_jump_host_without_a_secret" {
  command = plan
  module { source = "./modules/config/via" }
  variables {
    given = { type = "ssh", host = "jump.example", username = "jump", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"] }
    via   = { type = "ssh", host = "jump.example", username = "jump", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"] }
  }

  expect_failures = [var.via]
}

run "a_host_key_that_is_none" {
  command = plan
  module { source = "./modules/config/via" }
  variables {
    given = { type = "ssh", host = "jump.example", username = "jump", host_keys = ["MD5:00:11"], private_key = { ssm_parameter = "/jump" } }
    via   = { type = "ssh", host = "jump.example", username = "jump", host_keys = ["MD5:00:11"], private_key = { ssm_parameter = "/jump" } }
  }

  expect_failures = [var.via]
}

run "a_proxy_with_host_keys" {
  command = plan
  module { source = "./modules/config/via" }
  variables {
    given = { type = "socks5", host = "proxy.example", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"] }
    via   = { type = "socks5", host = "proxy.example", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"] }
  }

  expect_failures = [var.via]
}

run "a_jump_host_with_certificates" {
  command = plan
  module { source = "./modules/config/via" }
  variables {
    via = { type = "ssh", host = "jump.example", username = "jump", private_key = { ssm_parameter = "/jump" }, certificate = { s3 = "our-keys/jump-cert.pub" }, host_ca_keys = ["@cert-authority * ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"] }
  }

  assert {
    condition     = length(output.via.config.host_ca_keys) == 1 && length(output.via.config.host_keys) == 0 && output.via.config.certificate.s3 == "our-keys/jump-cert.pub" && length(output.via.access) == 2
    error_message = "A jump host's authority or our certificate for it isn't passed on."
  }
}

run "a_jump_hosts_key_among_authorities" {
  command = plan
  module { source = "./modules/config/via" }
  variables {
    via = { type = "ssh", host = "jump.example", username = "jump", private_key = { ssm_parameter = "/jump" }, host_ca_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"] }
  }

  expect_failures = [var.via]
}

run "one_key_as_both_of_a_jump_host" {
  command = plan
  module { source = "./modules/config/via" }
  variables {
    host_key_pattern = "AAAA"
    via              = { type = "ssh", host = "jump.example", username = "jump", private_key = { ssm_parameter = "/jump" }, host_keys = ["jump.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], host_ca_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"] }
  }

  expect_failures = [var.via]
}

run "a_certificate_for_a_jump_host_without_its_key" {
  command = plan
  module { source = "./modules/config/via" }
  variables {
    via = { type = "ssh", host = "jump.example", username = "jump", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/jump" }, certificate = { s3 = "our-keys/jump-cert.pub" } }
  }

  expect_failures = [var.via]
}

run "an_authority_of_a_proxy" {
  command = plan
  module { source = "./modules/config/via" }
  variables {
    via = { type = "http", host = "proxy.example", host_ca_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"] }
  }

  expect_failures = [var.via]
}

run "a_proxy_with_a_key" {
  command = plan
  module { source = "./modules/config/via" }
  variables {
    given = { type = "socks5", host = "proxy.example", username = "us", private_key = { ssm_parameter = "/key" } }
    via   = { type = "socks5", host = "proxy.example", username = "us", private_key = { ssm_parameter = "/key" } }
  }

  expect_failures = [var.via]
}

run "a_user_without_a_password" {
  command = plan
  module { source = "./modules/config/via" }
  variables {
    given = { type = "http", host = "proxy.example", username = "us" }
    via   = { type = "http", host = "proxy.example", username = "us" }
  }

  expect_failures = [var.via]
}

run "a_password_without_a_user" {
  command = plan
  module { source = "./modules/config/via" }
  variables {
    given = { type = "http", host = "proxy.example", password = { ssm_parameter = "/proxy" } }
    via   = { type = "http", host = "proxy.example", password = { ssm_parameter = "/proxy" } }
  }

  expect_failures = [var.via]
}

run "a_colon_in_a_user_of_http" {
  command = plan
  module { source = "./modules/config/via" }
  variables {
    given = { type = "http", host = "proxy.example", username = "a:b", password = { ssm_parameter = "/proxy" } }
    via   = { type = "http", host = "proxy.example", username = "a:b", password = { ssm_parameter = "/proxy" } }
  }

  expect_failures = [var.via]
}

run "a_passphrase_without_a_key" {
  command = plan
  module { source = "./modules/config/via" }
  variables {
    given = { type = "ssh", host = "jump.example", username = "jump", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/jump" }, passphrase = { ssm_parameter = "/p" } }
    via   = { type = "ssh", host = "jump.example", username = "jump", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/jump" }, passphrase = { ssm_parameter = "/p" } }
  }

  expect_failures = [var.via]
}

run "an_unknown_key" {
  command = plan
  module { source = "./modules/config/via" }
  variables {
    given = { type = "http", host = "proxy.example", hosts = ["x"] }
    via   = { type = "http", host = "proxy.example", hosts = ["x"] }
  }

  expect_failures = [var.via]
}

run "a_stream_through_a_jump_host" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, via = { type = "ssh", host = "jump.example", username = "jump", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], private_key = { ssm_parameter = "/jump" } } }
  }

  assert {
    condition     = output.stream.config.sftp.via.port == 22 && output.stream.config.sftp.host == "sftp.acme.example" && length(output.stream.access.secrets) == 2
    error_message = "The way there, or the role's access to its secret, is missing."
  }
}

run "a_stream_without_one" {
  command = plan
  module { source = "./modules/config/stream" }

  assert {
    condition     = output.stream.config.sftp.via == null && output.stream.config.sftp.allowed_addresses == null
    error_message = "What isn't given is null."
  }
}

run "through_the_partner_itself" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, via = { type = "socks5", host = "SFTP.acme.example", port = 22 } }
  }

  expect_failures = [output.stream]
}

run "ranges" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, allowed_addresses = ["198.51.100.0/24", "203.0.113.7/32", "2001:db8::/32", "0.0.0.0/0"] }
  }

  assert {
    condition     = length(output.stream.config.sftp.allowed_addresses) == 4
    error_message = "Ranges aren't passed on."
  }
}

run "a_host_that_is_in_a_range" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, host = "198.51.100.20", allowed_addresses = ["2001:db8::/32", "198.51.100.16/28"] }
  }
}

run "a_host_that_is_in_no_range" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, host = "198.51.100.32", allowed_addresses = ["2001:db8::/32", "198.51.100.16/28"] }
  }

  expect_failures = [var.sftp]
}

run "an_ipv6_host_that_is_in_no_range" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, host = "[2001:DB9::1]", allowed_addresses = ["2001:db8::/32", "0.0.0.0/0"] }
  }

  expect_failures = [var.sftp]
}

run "an_address_without_a_mask" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, allowed_addresses = ["198.51.100.7"] }
  }

  expect_failures = [var.sftp]
}

run "bits_beyond_the_mask" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, allowed_addresses = ["198.51.100.7/24"] }
  }

  expect_failures = [var.sftp]
}

run "bits_beyond_the_mask_of_ipv6" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, allowed_addresses = ["2001:db8::1/32"] }
  }

  expect_failures = [var.sftp]
}

run "a_name_for_a_range" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, allowed_addresses = ["sftp.acme.example"] }
  }

  expect_failures = [var.sftp]
}

run "no_range_at_all" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, allowed_addresses = [] }
  }

  expect_failures = [var.sftp]
}

run "a_mask_that_is_too_long" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, allowed_addresses = ["198.51.100.0/33"] }
  }

  expect_failures = [var.sftp]
}

run "a_url_for_a_proxy" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" }, via = "socks5://user:secret@proxy.example" }
  }

  expect_failures = [var.sftp]
}
