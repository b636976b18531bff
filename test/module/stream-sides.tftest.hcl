# modules/config/stream: what is pushed and pulled, and when.
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

run "defaults_of_a_push" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = {}
  }

  assert {
    condition     = output.config.push.bucket == "own-bucket" && output.config.push.prefix == "acme/push/" && output.config.push.directory == "" && output.config.push.upload == "atomic" && output.config.push.verify == "strict" && length(output.config.push.include) == 0 && length(output.config.push.exclude) == 0
    error_message = "A default of push changed."
  }
}

run "defaults_of_a_pull" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = null
    pull = { schedule = "rate(5 minutes)" }
  }

  assert {
    condition     = output.config.pull.bucket == "own-bucket" && output.config.pull.prefix == "acme/pull/" && output.config.pull.directory == "" && output.config.pull.after == "move" && output.config.pull.retention_days == 14 && output.config.pull.min_age_seconds == 0 && contains(output.config.pull.temporary_suffixes, ".tmp") && contains(output.config.pull.temporary_suffixes, ".filepart")
    error_message = "A default of pull changed."
  }

  assert {
    condition     = output.config.push == null
    error_message = "There is no push."
  }

  assert {
    condition     = output.schedule == "rate(5 minutes)" && output.interval_seconds == 300
    error_message = "The schedule changed."
  }
}

run "keys_of_the_buckets" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { sftp = "inbox", kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/push" }
    pull = { sftp = "outbox", schedule = "rate(1 hour)", kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/pull" }
  }

  assert {
    condition     = output.access.push_kms_key_arn == "arn:aws:kms:eu-west-1:123456789012:key/push" && output.access.pull_kms_key_arn == "arn:aws:kms:eu-west-1:123456789012:key/pull"
    error_message = "The role is not told of the keys."
  }

  assert {
    condition     = !contains(keys(output.config.push), "kms_key_arn")
    error_message = "The function has no use for the keys."
  }
}

run "both_ways_in_one_bucket" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { s3 = "our-bucket/out", sftp = "in" }
    pull = { s3 = "our-bucket/in", sftp = "out", schedule = "cron(0 6 * * ? *)" }
  }

  assert {
    condition     = output.interval_seconds == null
    error_message = "Cron has no fixed interval."
  }
}

run "prefixes_that_only_look_alike" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { s3 = "our-bucket/out", sftp = "out" }
    pull = { s3 = "our-bucket/out2", sftp = "out2", schedule = "rate(1 day)" }
  }

  assert {
    condition     = output.interval_seconds == 86400
    error_message = "A day has 86,400 seconds."
  }
}

run "an_absolute_directory_beside_the_login_directory" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { sftp = "/upload" }
    pull = { sftp = "", schedule = "rate(1 hour)" }
  }
}

run "a_stream_with_an_unknown_key" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pusch = {} }
  }
  expect_failures = [var.given]
}

run "text_where_a_number_belongs" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { port = "ssh" }, pull = null }
  }
  expect_failures = [var.given]
}

run "text_where_true_or_false_belongs" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { insecure_ignore_host_key = "maybe" } }
  }
  expect_failures = [var.given]
}

run "numbers_and_booleans_as_text" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { port = "22", insecure_ignore_host_key = "false", max_connections = null }, pull = { retention_days = "3" } }
  }
}

run "neither_push_nor_pull" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = null
  }
  expect_failures = [output.config]
}

run "no_days_of_retries" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    retry_for_days = 0
  }
  expect_failures = [var.retry_for_days]
}

run "too_many_days_of_retries" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    retry_for_days = 366
  }
  expect_failures = [var.retry_for_days]
}

run "half_a_day_of_retries" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    retry_for_days = 1.5
  }
  expect_failures = [var.retry_for_days]
}

run "a_push_with_an_unknown_key" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { push = { target = "inbox" } }
  }
  expect_failures = [var.push]
}

run "an_unknown_way_to_upload" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { upload = "rename" }
  }
  expect_failures = [var.push]
}

run "a_comparison_every_half_hour" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { reconcile_hours = 0.5 }
  }
  expect_failures = [var.push]
}

run "a_comparison_once_a_year" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { reconcile_hours = 8760 }
  }
  expect_failures = [var.push]
}

run "an_unknown_way_to_verify" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { verify = "yes" }
  }
  expect_failures = [var.push]
}

run "a_pull_with_an_unknown_key" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { interval = 5 } }
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)" }
  }
  expect_failures = [var.pull]
}

run "an_unknown_fate_of_the_file" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", after = "archive" }
  }
  expect_failures = [var.pull]
}

run "no_days_in_done" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", retention_days = 0 }
  }
  expect_failures = [var.pull]
}

run "a_negative_number_of_days_in_done" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", retention_days = -1 }
  }
  expect_failures = [var.pull]
}

run "half_a_day_in_done" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", retention_days = 0.5 }
  }
  expect_failures = [var.pull]
}

run "too_many_days_in_done" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", retention_days = 3651 }
  }
  expect_failures = [var.pull]
}

run "a_negative_age" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(3 days)", min_age_seconds = -1 }
  }
  expect_failures = [var.pull]
}

run "half_a_second_of_age" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(3 days)", min_age_seconds = 0.5 }
  }
  expect_failures = [var.pull]
}

run "more_than_a_day_of_age" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(3 days)", min_age_seconds = 86401 }
  }
  expect_failures = [var.pull]
}

run "an_age_that_is_longer_than_the_schedule" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", min_age_seconds = 300 }
  }
  expect_failures = [output.config]
}

run "an_age_that_is_just_shorter_than_the_schedule" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", min_age_seconds = 299 }
  }
}

run "an_empty_suffix" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", temporary_suffixes = [""] }
  }
  expect_failures = [var.pull]
}

run "a_suffix_with_a_slash" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", temporary_suffixes = ["a/b"] }
  }
  expect_failures = [var.pull]
}

run "no_suffixes" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", temporary_suffixes = [] }
  }
}

run "a_pull_from_done" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    pull = { sftp = "outbox/.done", schedule = "rate(5 minutes)" }
  }
  expect_failures = [var.pull]
}

run "one_prefix_both_ways" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { s3 = "our-bucket/x", sftp = "in" }
    pull = { s3 = "our-bucket/x/", sftp = "out", schedule = "rate(1 hour)" }
  }
  expect_failures = [output.config]
}

run "a_pull_into_what_is_pushed" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { s3 = "our-bucket", sftp = "in" }
    pull = { s3 = "our-bucket/in", sftp = "out", schedule = "rate(1 hour)" }
  }
  expect_failures = [output.config]
}

run "a_push_out_of_what_is_pulled" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { s3 = "our-bucket/x/y", sftp = "in" }
    pull = { s3 = "our-bucket/x", sftp = "out", schedule = "rate(1 hour)" }
  }
  expect_failures = [output.config]
}

run "one_directory_both_ways" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { sftp = "files" }
    pull = { sftp = "files/", schedule = "rate(1 hour)" }
  }
  expect_failures = [output.config]
}

run "a_pull_from_above_the_push" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { sftp = "files/in" }
    pull = { sftp = "files", schedule = "rate(1 hour)" }
  }
  expect_failures = [output.config]
}

run "a_pull_from_below_the_push" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { sftp = "files" }
    pull = { sftp = "files/out", schedule = "rate(1 hour)" }
  }
  expect_failures = [output.config]
}

run "the_login_directory_both_ways" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { sftp = "" }
    pull = { sftp = "", schedule = "rate(1 hour)" }
  }
  expect_failures = [output.config]
}

run "a_pull_from_below_the_login_directory" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { sftp = "" }
    pull = { sftp = "out", schedule = "rate(1 hour)" }
  }
  expect_failures = [output.config]
}

run "a_pull_from_the_root" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { sftp = "in" }
    pull = { sftp = "/", schedule = "rate(1 hour)" }
  }
  expect_failures = [output.config]
}

run "a_push_into_the_root" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { sftp = "/" }
    pull = { sftp = "/out", schedule = "rate(1 hour)" }
  }
  expect_failures = [output.config]
}
