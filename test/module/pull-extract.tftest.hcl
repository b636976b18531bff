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

run "a_ratio_that_is_none" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", s3 = "our-bucket/in", schedule = "rate(5 minutes)", extract = { formats = ["gzip"], max_ratio = 0 } }
  }
  expect_failures = [var.pull]
}

run "bytes_beyond_what_s3_holds" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", s3 = "our-bucket/in", schedule = "rate(5 minutes)", extract = { formats = ["gzip"], max_bytes = 53687091200001 } }
  }
  expect_failures = [var.pull]
}
