# modules/config/pull: what a pull may be.
variables {
  default_bucket = "own-bucket"
  given          = {}
  pull           = { s3 = "our-bucket/in/acme", sftp = "outbox", schedule = "rate(5 minutes)" }
  stream         = "acme"
}

run "a_pull_with_an_unknown_key" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = { interval = 5 }
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)" }
  }
  expect_failures = [var.pull]
}

run "an_unknown_fate_of_the_file" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", after = "archive" }
  }
  expect_failures = [var.pull]
}

run "an_age_that_is_longer_than_the_schedule" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", min_age_seconds = 300 }
  }
  expect_failures = [output.pull]
}

run "an_age_that_is_just_shorter_than_the_schedule" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", min_age_seconds = 299 }
  }
}

run "an_empty_suffix" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", temporary_suffixes = [""] }
  }
  expect_failures = [var.pull]
}

run "a_suffix_with_a_slash" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", temporary_suffixes = ["a/b"] }
  }
  expect_failures = [var.pull]
}

run "no_suffixes" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", temporary_suffixes = [] }
  }
}

run "a_pull_from_done" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox/.done", schedule = "rate(5 minutes)" }
  }
  expect_failures = [var.pull]
}
