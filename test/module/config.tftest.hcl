# modules/config: what holds over all streams, and the object that the function reads.
variables {
  default_bucket = "own-bucket"
  name           = "partner-files"
  streams = {
    acme = {
      sftp = { host = "sftp.acme.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], private_key = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:acme-AbCdEf" }, options = { keepaliveInterval = 10000 } }
      push = { s3 = "our-bucket/out/acme", sftp = "inbox", include = ["*.csv"] }
      pull = { s3 = "our-bucket/in/acme/", sftp = "outbox/", schedule = "rate(5 minutes)" }
    }
    globex = {
      sftp           = { host = "files.globex.example", port = 2222, username = "ours", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/globex", json_key = "password" }, options = { algorithms = { kex = ["curve25519-sha256"] } } }
      push           = {}
      retry_for_days = 30
    }
  }
}

run "the_configuration_object_is_what_the_function_reads" {
  command = plan
  module { source = "./modules/config" }

  assert {
    condition = jsondecode(output.json) == {
      version = 1
      streams = {
        acme = {
          sftp = {
            host                      = "sftp.acme.example"
            port                      = 22
            username                  = "us"
            host_keys                 = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"]
            host_ca_keys              = []
            insecure_ignore_host_key  = false
            password                  = null
            private_key               = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:acme-AbCdEf", ssm_parameter = null, s3 = null, json_key = null, encryption_context = {} }
            certificate               = null
            passphrase                = null
            via                       = null
            allowed_addresses         = null
            max_bytes_per_second      = null
            max_connections           = 1
            connect_timeout_seconds   = 20
            operation_timeout_seconds = 30
            max_handles_per_file      = null
            options                   = { keepaliveInterval = 10000 }
            server                    = {}
          }
          push = { bucket = "our-bucket", compress = null, prefix = "out/acme/", directory = "inbox", include = ["*.csv"], exclude = [], gate = null, keep_mtime = false, marker = null, mode = null, name = null, name_time_zone = null, on_exists = "replace", order = "any", pgp = null, reconcile_hours = null, sequence = null, strict_order = false, upload = "atomic", verify = "strict", windows = null, work_directory = null }
          pull = {
            bucket             = "our-bucket"
            prefix             = "in/acme/"
            directory          = "outbox"
            include            = []
            exclude            = []
            extract            = null
            gate               = null
            pgp                = null
            after              = "move"
            archive            = null
            acl                = null
            encryption         = null
            kms_key_arn        = null
            name               = null
            name_time_zone     = null
            on_exists          = "replace"
            ready              = null
            retention_days     = 14
            order              = "any"
            sequence           = null
            strict_order       = false
            max_age_days       = null
            max_files          = null
            max_size           = null
            min_size           = null
            max_open_files     = 100000
            min_age_seconds    = 0
            temporary_suffixes = [".filepart", ".inprogress", ".part", ".partial", ".swp", ".temp", ".tmp", ".uploading"]
            windows            = null
          }
          retry_for_days = 7
          counts         = []
          expected       = []
        }
        globex = {
          sftp = {
            host                      = "files.globex.example"
            port                      = 2222
            username                  = "ours"
            host_keys                 = []
            host_ca_keys              = []
            insecure_ignore_host_key  = true
            password                  = { secret_arn = null, ssm_parameter = "/sftp/globex", s3 = null, json_key = "password", encryption_context = {} }
            private_key               = null
            certificate               = null
            passphrase                = null
            via                       = null
            allowed_addresses         = null
            max_bytes_per_second      = null
            max_connections           = 1
            connect_timeout_seconds   = 20
            operation_timeout_seconds = 30
            max_handles_per_file      = null
            options                   = { algorithms = { kex = ["curve25519-sha256"] } }
            server                    = {}
          }
          push           = { bucket = "own-bucket", compress = null, prefix = "globex/push/", directory = "", include = [], exclude = [], gate = null, keep_mtime = false, marker = null, mode = null, name = null, name_time_zone = null, on_exists = "replace", order = "any", pgp = null, reconcile_hours = null, sequence = null, strict_order = false, upload = "atomic", verify = "strict", windows = null, work_directory = null }
          pull           = null
          retry_for_days = 30
          counts         = []
          expected       = []
        }
      }
    }
    error_message = "The configuration object has changed: ${output.json}"
  }
}

run "no_streams_yet" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {}
  }

  assert {
    condition     = jsondecode(output.json) == { version = 1, streams = {} }
    error_message = "An empty map is a bridge that waits for its first stream."
  }
}

run "accepts_a_name_in_capitals" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      Acme = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = {} }
    }
  }
}

run "a_name_with_a_dot" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      "acme.orders" = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = {} }
    }
  }
  expect_failures = [var.streams]
}

run "accepts_a_name_with_an_underscore" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      acme_orders = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = {} }
    }
  }
}

run "a_name_with_a_space" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      "acme orders" = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = {} }
    }
  }
  expect_failures = [var.streams]
}

run "accepts_a_name_that_ends_in_a_hyphen" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      "acme-" = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = {} }
    }
  }
}

run "accepts_a_name_that_begins_with_a_hyphen" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      "-acme" = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = {} }
    }
  }
}

run "a_name_with_a_slash" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      "acme/orders" = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = {} }
    }
  }
  expect_failures = [var.streams]
}

run "an_empty_name" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      "" = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = {} }
    }
  }
  expect_failures = [var.streams]
}

run "the_longest_name_that_a_rule_can_have" {
  command = plan
  module { source = "./modules/config" }
  variables {
    name = "nnnnnnnnnnnnnnnnnnnnnnnnnnnn"
    streams = {
      aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = {} }
    }
  }
}

run "a_name_that_is_too_long_for_a_rule_is_cut_in_it" {
  command = plan
  module { source = "./modules/config" }
  variables {
    name = "nnnnnnnnnnnnnnnnnnnnnnnnnnnn"
    streams = {
      aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa                                  = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { s3 = "our-bucket/a", sftp = "a" } }
      aaaaaaaaaaaaaaaaaaaaaaaaaaaaaab                                  = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { s3 = "our-bucket/b", sftp = "b" } }
      aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { s3 = "our-bucket/c", sftp = "c" } }
      short                                                            = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { s3 = "our-bucket/d", sftp = "d" } }
    }
  }

  assert {
    condition     = length(distinct([for stream in values(output.streams) : stream.rule_names.push])) == 4
    error_message = "Cut names have to stay different: ${jsonencode(values(output.streams)[*].rule_names)}"
  }

  assert {
    condition     = alltrue(flatten([for stream in values(output.streams) : [for rule in values(stream.rule_names) : length(rule) <= 64 && startswith(rule, "nnnnnnnnnnnnnnnnnnnnnnnnnnnn-")]]))
    error_message = "A rule has at most 64 characters and begins with the bridge's name: ${jsonencode(values(output.streams)[*].rule_names)}"
  }

  assert {
    condition     = output.streams.short.rule_names == { poll = "nnnnnnnnnnnnnnnnnnnnnnnnnnnn-poll-short", push = "nnnnnnnnnnnnnnnnnnnnnnnnnnnn-push-short" }
    error_message = "A name that fits is not changed: ${jsonencode(output.streams.short.rule_names)}"
  }
}

run "a_name_of_65_characters" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = {} }
    }
  }
  expect_failures = [var.streams]
}

run "two_partners_with_like_directories" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { sftp = "inbox" } }
      b = { sftp = { host = "other.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { sftp = "inbox" } }
      c = { sftp = { host = "h.example", username = "them", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { sftp = "inbox" } }
      d = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" }, port = 2222 }, push = { sftp = "inbox" } }
    }
  }
}

run "directories_that_only_look_alike" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { sftp = "in" } }
      b = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { sftp = "inbox" } }
      c = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "in2", schedule = "rate(1 hour)" } }
      d = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "/in", schedule = "rate(1 hour)" } }
    }
  }
}

run "one_object_to_several_partners" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { s3 = "our-bucket/out" } }
      b = { sftp = { host = "other.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { s3 = "our-bucket/out" } }
    }
  }
}

run "a_relay_from_partner_to_partner" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "out", schedule = "rate(1 hour)", s3 = "our-bucket/relay" } }
      b = { sftp = { host = "other.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { s3 = "our-bucket/relay", sftp = "in" } }
    }
  }
}

run "one_directory_shared_out_by_the_ends_of_names" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "out", schedule = "rate(1 hour)", s3 = "our-bucket/x", include = ["*.csv", "**/*.csv"] } }
      b = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "out", schedule = "rate(1 hour)", s3 = "our-bucket/x", include = ["*.xml"] } }
    }
  }
}

run "one_prefix_where_templates_give_names_of_one_end" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "out/a", schedule = "rate(1 hour)", s3 = "our-bucket/x", include = ["*.csv"], name = "{stem}.dat" } }
      b = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "out/b", schedule = "rate(1 hour)", s3 = "our-bucket/x", include = ["*.xml"], name = "{stem}.dat" } }
    }
  }
  expect_failures = [output.streams]
}

run "one_prefix_where_templates_give_names_of_different_ends" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "out/a", schedule = "rate(1 hour)", s3 = "our-bucket/x", name = "{stem}.a" } }
      b = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "out/b", schedule = "rate(1 hour)", s3 = "our-bucket/x", name = "{stem}.b" } }
    }
  }
}

run "an_archive_that_another_stream_polls" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "in/a", schedule = "rate(1 hour)", archive = { directory = "out/old" } } }
      b = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "out", schedule = "rate(1 hour)" } }
    }
  }
  expect_failures = [output.streams]
}

run "an_archive_where_another_stream_pushes" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "out", schedule = "rate(1 hour)", archive = { directory = "in" } } }
      b = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { sftp = "in/new" } }
    }
  }
  expect_failures = [output.streams]
}

run "one_archive_of_two_streams" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "a", schedule = "rate(1 hour)", archive = { directory = "old" } } }
      b = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "b", schedule = "rate(1 hour)", archive = { directory = "old" } } }
    }
  }
  expect_failures = [output.streams]
}

run "archives_in_a_directory_shared_out_by_the_ends_of_names" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "out", schedule = "rate(1 hour)", include = ["*.csv"], archive = { directory = "out/old" } } }
      b = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "out", schedule = "rate(1 hour)", include = ["*.xml"], archive = { directory = "out/older" } } }
    }
  }
}

run "one_directory_where_each_file_has_a_marker_of_its_own" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "out", schedule = "rate(1 hour)", include = ["*.csv"], ready = { marker = "{name}.done" } } }
      b = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "out", schedule = "rate(1 hour)", include = ["*.xml"], ready = { marker = "{name}.done" } } }
    }
  }
}

run "one_directory_where_two_streams_share_a_marker" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "out", schedule = "rate(1 hour)", include = ["*.csv"], ready = { marker = "{stem}.ok" } } }
      b = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "out", schedule = "rate(1 hour)", include = ["*.xml"], ready = { marker = "{stem}.ok" } } }
    }
  }
  expect_failures = [output.streams]
}

run "the_ends_of_names_that_overlap" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "out", schedule = "rate(1 hour)", include = ["*.gz"] } }
      b = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "out", schedule = "rate(1 hour)", include = ["*.csv.gz"] } }
    }
  }
  expect_failures = [output.streams]
}

run "patterns_that_end_in_a_wildcard_overlap" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { sftp = "in", include = ["a*"] } }
      b = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { sftp = "in", include = ["b*"] } }
    }
  }
  expect_failures = [output.streams]
}

run "two_pushes_to_one_directory" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { sftp = "in" } }
      b = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { sftp = "in/" } }
    }
  }
  expect_failures = [output.streams]
}

run "a_push_to_below_anothers" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { sftp = "in/sub" } }
      b = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { sftp = "in" } }
    }
  }
  expect_failures = [output.streams]
}

run "host_names_know_no_case" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { sftp = "in" } }
      b = { sftp = { host = "H.Example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { sftp = "in" } }
    }
  }
  expect_failures = [output.streams]
}

run "a_push_to_the_login_directory_and_one_below" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { sftp = "" } }
      b = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { sftp = "in" } }
    }
  }
  expect_failures = [output.streams]
}

run "a_push_to_the_root_and_one_to_the_login_directory" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { sftp = "/" } }
      b = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { sftp = "" } }
    }
  }
  expect_failures = [output.streams]
}

run "two_pulls_from_one_directory" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "out", schedule = "rate(1 hour)" } }
      b = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "out", schedule = "rate(1 hour)" } }
    }
  }
  expect_failures = [output.streams]
}

run "a_pull_from_below_anothers" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "out", schedule = "rate(1 hour)" } }
      b = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "out/x/y", schedule = "rate(1 hour)" } }
    }
  }
  expect_failures = [output.streams]
}

run "a_push_to_where_another_pulls" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "files", schedule = "rate(1 hour)" } }
      b = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { sftp = "files/x" } }
    }
  }
  expect_failures = [output.streams]
}

run "two_pulls_into_one_prefix" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "out", schedule = "rate(1 hour)", s3 = "our-bucket/x" } }
      b = { sftp = { host = "other.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "out", schedule = "rate(1 hour)", s3 = "our-bucket/x/" } }
    }
  }
  expect_failures = [output.streams]
}

run "a_pull_into_below_anothers" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "out", schedule = "rate(1 hour)", s3 = "our-bucket" } }
      b = { sftp = { host = "other.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "out", schedule = "rate(1 hour)", s3 = "our-bucket/x" } }
    }
  }
  expect_failures = [output.streams]
}

run "three_pulls_of_which_the_outer_two_overlap" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "o1", schedule = "rate(1 hour)", s3 = "our-bucket/x", include = ["*.csv"] } }
      b = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "o2", schedule = "rate(1 hour)", s3 = "our-bucket/x", include = ["*.xml"] } }
      c = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, pull = { sftp = "o3", schedule = "rate(1 hour)", s3 = "our-bucket/x", include = ["b.csv"] } }
    }
  }
  expect_failures = [output.streams]
}

run "one_partner_with_two_limits" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" }, max_connections = 2 }, push = { sftp = "in" } }
      b = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { sftp = "in2" } }
    }
  }
  expect_failures = [output.streams]
}

run "one_partner_with_one_limit" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" }, max_connections = 2 }, push = { sftp = "in" } }
      b = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" }, max_connections = 2 }, push = { sftp = "in2" } }
    }
  }
}

run "one_partner_with_and_without_a_pinned_key" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { sftp = "in" } }
      z = { sftp = { host = "h.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/a" } }, push = { sftp = "in2" } }
    }
  }
  expect_failures = [output.streams]
}

run "one_partner_with_other_pinned_keys" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "SHA256:bbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/a" }, private_key = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf" }, options = { keepaliveInterval = 10000 } }, push = { sftp = "in" } }
      z = { sftp = { host = "h.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "SHA256:cbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/a" }, private_key = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf" }, options = { keepaliveInterval = 10000 } }, push = { sftp = "in2" } }
    }
  }
  expect_failures = [output.streams]
}

run "one_partner_with_one_pinned_key_more" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "SHA256:bbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/a" }, private_key = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf" }, options = { keepaliveInterval = 10000 } }, push = { sftp = "in" } }
      z = { sftp = { host = "h.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/a" }, private_key = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf" }, options = { keepaliveInterval = 10000 } }, push = { sftp = "in2" } }
    }
  }
  expect_failures = [output.streams]
}

run "one_partner_with_another_password" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "SHA256:bbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/a" }, private_key = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf" }, options = { keepaliveInterval = 10000 } }, push = { sftp = "in" } }
      z = { sftp = { host = "h.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "SHA256:bbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/b" }, private_key = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf" }, options = { keepaliveInterval = 10000 } }, push = { sftp = "in2" } }
    }
  }
  expect_failures = [output.streams]
}

run "one_partner_with_one_credential_more" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "SHA256:bbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/a" }, private_key = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf" }, options = { keepaliveInterval = 10000 } }, push = { sftp = "in" } }
      z = { sftp = { host = "h.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "SHA256:bbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], private_key = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf" }, options = { keepaliveInterval = 10000 } }, push = { sftp = "in2" } }
    }
  }
  expect_failures = [output.streams]
}

run "one_partner_with_another_private_key" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "SHA256:bbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/a" }, private_key = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf" }, options = { keepaliveInterval = 10000 } }, push = { sftp = "in" } }
      z = { sftp = { host = "h.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "SHA256:bbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/a" }, private_key = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-GhIjKl" }, options = { keepaliveInterval = 10000 } }, push = { sftp = "in2" } }
    }
  }
  expect_failures = [output.streams]
}

run "one_partner_with_a_passphrase_in_one_stream" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "SHA256:bbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/a" }, private_key = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf" }, options = { keepaliveInterval = 10000 } }, push = { sftp = "in" } }
      z = { sftp = { host = "h.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "SHA256:bbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/a" }, private_key = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf" }, options = { keepaliveInterval = 10000 }, passphrase = { ssm_parameter = "/sftp/p" } }, push = { sftp = "in2" } }
    }
  }
  expect_failures = [output.streams]
}

run "one_partner_with_other_options" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "SHA256:bbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/a" }, private_key = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf" }, options = { keepaliveInterval = 10000 } }, push = { sftp = "in" } }
      z = { sftp = { host = "h.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "SHA256:bbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/a" }, private_key = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf" }, options = { keepaliveInterval = 10000, algorithms = { cipher = ["aes256-ctr"] } } }, push = { sftp = "in2" } }
    }
  }
  expect_failures = [output.streams]
}

run "one_partner_with_another_time_out_of_which_the_longest_holds" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "SHA256:bbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/a" }, private_key = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf" }, options = { keepaliveInterval = 10000 } }, push = { sftp = "in" } }
      z = { sftp = { host = "h.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "SHA256:bbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/a" }, private_key = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf" }, options = { keepaliveInterval = 10000 }, operation_timeout_seconds = 60 }, push = { sftp = "in2" } }
    }
  }
}

run "one_partner_spelled_in_two_ways_that_differs" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "SHA256:bbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/a" }, private_key = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf" }, options = { keepaliveInterval = 10000 } }, push = { sftp = "in" } }
      z = { sftp = { host = "H.Example.", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "SHA256:bbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/b" }, private_key = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf" }, options = { keepaliveInterval = 10000 } }, push = { sftp = "in2" } }
    }
  }
  expect_failures = [output.streams]
}

run "one_partner_with_the_same_keys_in_another_order" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "SHA256:bbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/a" }, private_key = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf" }, options = { keepaliveInterval = 10000 } }, push = { sftp = "in" } }
      z = { sftp = { host = "H.Example.", username = "us", host_keys = ["SHA256:bbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/a" }, private_key = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf" }, options = { keepaliveInterval = 10000 } }, push = { sftp = "in2" } }
    }
  }
}

run "two_partners_may_differ" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      a = { sftp = { host = "h.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "SHA256:bbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/a" }, private_key = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf" }, options = { keepaliveInterval = 10000 } }, push = { sftp = "in" } }
      z = { sftp = { host = "other.example", username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "SHA256:bbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/b" }, private_key = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf" }, options = { keepaliveInterval = 10000 } }, push = { sftp = "in2" } }
    }
  }
}

run "windows_and_calendars_reach_the_function" {
  command = plan
  module { source = "./modules/config" }
  variables {
    calendars = { target2 = ["2026-04-03", "12-25"] }
    streams = {
      acme = {
        sftp   = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }
        push   = { sftp = "inbox", windows = [{ days = ["MON-FRI"], from = "06:00", to = "22:00" }], time_zone = "Europe/Berlin", calendars = ["target2"] }
        pull   = { sftp = "outbox", schedule = "rate(5 minutes)", time_zone = "Europe/Berlin" }
        alarms = { expected = [{ direction = "pull", by = "07:30", calendars = ["target2"] }] }
      }
    }
  }

  assert {
    condition     = jsondecode(output.json).calendars == { target2 = ["2026-04-03", "12-25"] } && jsonencode(output.streams["acme"].config.push.windows) == jsonencode({ calendars = ["target2"], open = [{ days = ["MON", "TUE", "WED", "THU", "FRI"], from = "06:00", to = "22:00" }], time_zone = "Europe/Berlin" }) && output.streams["acme"].config.expected[0].calendars == tolist(["target2"])
    error_message = "The windows have changed on their way: ${jsonencode(output.streams["acme"].config.push.windows)}."
  }

  assert {
    condition     = output.streams["acme"].config.pull.windows == null
    error_message = "A time zone alone is no window."
  }
}
