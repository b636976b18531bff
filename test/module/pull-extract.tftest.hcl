# pull.extract: what files are unpacked on their way.
variables {
  given  = {}
  stream = "acme"
}

run "its_limits" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", s3 = "our-bucket/in", schedule = "rate(5 minutes)", extract = { formats = ["gzip"] } }
  }

  assert {
    condition     = output.pull.config.extract.max_bytes == 10737418240 && output.pull.config.extract.max_ratio == 200
    error_message = "What comes out of a file has no limit."
  }
}

run "an_unknown_key" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = { extract = { formats = ["gzip"], format = "gzip" } }
    pull  = { sftp = "outbox", s3 = "our-bucket/in", schedule = "rate(5 minutes)", extract = { formats = ["gzip"] } }
  }
  expect_failures = [var.pull]
}

run "no_format" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", s3 = "our-bucket/in", schedule = "rate(5 minutes)", extract = {} }
  }
  expect_failures = [var.pull]
}

run "an_unknown_format" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", s3 = "our-bucket/in", schedule = "rate(5 minutes)", extract = { formats = ["rar"] } }
  }
  expect_failures = [var.pull]
}

run "two_formats_of_which_two_files_get_one_name" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", s3 = "our-bucket/in", schedule = "rate(5 minutes)", extract = { formats = ["gzip", "zstd"] } }
  }
  expect_failures = [var.pull]
}

run "archives" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", s3 = "our-bucket/in", schedule = "rate(5 minutes)", extract = { formats = ["zip", "tar", "tar.gz", "gzip"], into = "{dir}" } }
  }

  assert {
    condition     = output.pull.config.extract.max_entries == 10000 && output.pull.config.extract.into == "{dir}"
    error_message = "An archive may have as many files as it likes, or they go elsewhere."
  }
}

run "a_format_twice" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", s3 = "our-bucket/in", schedule = "rate(5 minutes)", extract = { formats = ["zip", "zip"] } }
  }
  expect_failures = [var.pull]
}

run "a_directory_by_time" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", s3 = "our-bucket/in", schedule = "rate(5 minutes)", extract = { formats = ["zip"], into = "{now:yyyy}/{stem}" } }
  }
  expect_failures = [var.pull]
}

run "a_directory_that_climbs_out" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", s3 = "our-bucket/in", schedule = "rate(5 minutes)", extract = { formats = ["zip"], into = "../{stem}" } }
  }
  expect_failures = [var.pull]
}

run "a_directory_for_a_file_alone" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", s3 = "our-bucket/in", schedule = "rate(5 minutes)", extract = { formats = ["gzip"], into = "{dir}" } }
  }
  expect_failures = [var.pull]
}

run "one_name_for_many_files" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", s3 = "our-bucket/in", schedule = "rate(5 minutes)", name = "{name}", extract = { formats = ["zip"] } }
  }
  expect_failures = [var.pull]
}

run "a_gate_that_would_judge_many_files" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", s3 = "our-bucket/in", schedule = "rate(5 minutes)", gate = { guardduty = {} }, extract = { formats = ["zip"] } }
  }
  expect_failures = [var.pull]
}

run "files_of_an_archive_that_would_be_skipped" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", s3 = "our-bucket/in", schedule = "rate(5 minutes)", on_exists = "skip", extract = { formats = ["zip"] } }
  }
  expect_failures = [var.pull]
}
