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
    condition     = output.stream.config.push.bucket == "own-bucket" && output.stream.config.push.prefix == "acme/push/" && output.stream.config.push.directory == "" && output.stream.config.push.upload == "atomic" && output.stream.config.push.verify == "strict" && length(output.stream.config.push.include) == 0 && length(output.stream.config.push.exclude) == 0
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
    condition     = output.stream.config.pull.bucket == "own-bucket" && output.stream.config.pull.prefix == "acme/pull/" && output.stream.config.pull.directory == "" && output.stream.config.pull.after == "move" && output.stream.config.pull.retention_days == 14 && output.stream.config.pull.min_age_seconds == 0 && contains(output.stream.config.pull.temporary_suffixes, ".tmp") && contains(output.stream.config.pull.temporary_suffixes, ".filepart")
    error_message = "A default of pull changed."
  }

  assert {
    condition     = output.stream.config.push == null
    error_message = "There is no push."
  }

  assert {
    condition     = output.stream.schedule == "rate(5 minutes)" && output.stream.interval_seconds == 300
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
    condition     = output.stream.access.push_kms_key_arn == "arn:aws:kms:eu-west-1:123456789012:key/push" && output.stream.access.pull_kms_key_arn == "arn:aws:kms:eu-west-1:123456789012:key/pull"
    error_message = "The role is not told of the keys."
  }

  assert {
    condition     = !contains(keys(output.stream.config.push), "kms_key_arn")
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
    condition     = output.stream.interval_seconds == null
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
    condition     = output.stream.interval_seconds == 86400
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
  expect_failures = [output.stream]
}

run "one_prefix_both_ways" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { s3 = "our-bucket/x", sftp = "in" }
    pull = { s3 = "our-bucket/x/", sftp = "out", schedule = "rate(1 hour)" }
  }
  expect_failures = [output.stream]
}

run "a_pull_into_what_is_pushed" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { s3 = "our-bucket", sftp = "in" }
    pull = { s3 = "our-bucket/in", sftp = "out", schedule = "rate(1 hour)" }
  }
  expect_failures = [output.stream]
}

run "a_push_out_of_what_is_pulled" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { s3 = "our-bucket/x/y", sftp = "in" }
    pull = { s3 = "our-bucket/x", sftp = "out", schedule = "rate(1 hour)" }
  }
  expect_failures = [output.stream]
}

run "one_directory_both_ways" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { sftp = "files" }
    pull = { sftp = "files/", schedule = "rate(1 hour)" }
  }
  expect_failures = [output.stream]
}

run "a_pull_from_above_the_push" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { sftp = "files/in" }
    pull = { sftp = "files", schedule = "rate(1 hour)" }
  }
  expect_failures = [output.stream]
}

run "a_pull_from_below_the_push" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { sftp = "files" }
    pull = { sftp = "files/out", schedule = "rate(1 hour)" }
  }
  expect_failures = [output.stream]
}

run "the_login_directory_both_ways" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { sftp = "" }
    pull = { sftp = "", schedule = "rate(1 hour)" }
  }
  expect_failures = [output.stream]
}

run "a_pull_from_below_the_login_directory" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { sftp = "" }
    pull = { sftp = "out", schedule = "rate(1 hour)" }
  }
  expect_failures = [output.stream]
}

run "a_pull_from_the_root" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { sftp = "in" }
    pull = { sftp = "/", schedule = "rate(1 hour)" }
  }
  expect_failures = [output.stream]
}

run "a_push_into_the_root" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { sftp = "/" }
    pull = { sftp = "/out", schedule = "rate(1 hour)" }
  }
  expect_failures = [output.stream]
}

# ── what both sides have: gates and numbers (of windows, config.tftest.hcl) ──
run "files_may_be_held_for_a_function" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { gate = { function_arn = "arn:aws:lambda:eu-central-1:111111111111:function:scan" } }
  }

  assert {
    condition     = jsonencode(output.stream.config.push.gate) == jsonencode({ function_arn = "arn:aws:lambda:eu-central-1:111111111111:function:scan", guardduty = null, timeout_hours = 24 })
    error_message = "The gate changed on its way: ${jsonencode(output.stream.config.push.gate)}."
  }
}

run "files_may_be_held_for_guardduty" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { gate = { guardduty = {}, timeout_hours = 2 } }
  }

  assert {
    condition     = jsonencode(output.stream.config.push.gate) == jsonencode({ function_arn = null, guardduty = {}, timeout_hours = 2 })
    error_message = "The gate changed on its way: ${jsonencode(output.stream.config.push.gate)}."
  }
}

run "numbers_in_order" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = { order = "sequence", include = ["*.csv"], sequence = { name = "ORD_*_{seq:4}.csv", first = 17, max = 9999 } }
  }
  assert {
    condition     = jsonencode(output.stream.config.push.sequence) == jsonencode({ first = 17, max = 9999, min = null, name = "ORD_*_{seq:4}.csv" }) && output.stream.config.push.order == "sequence"
    error_message = "The numbers have changed on their way: ${jsonencode(output.stream.config.push.sequence)}."
  }
}

run "numbers_beside_markers" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = null
    pull = { schedule = "rate(5 minutes)", order = "sequence", sequence = { name = "ORD_{seq}.csv" }, ready = { marker = "{stem}.ok" } }
  }
  assert {
    condition     = output.stream.config.pull.sequence.name == "ORD_{seq}.csv"
    error_message = "The numbers reach the function."
  }
}

run "a_pull_is_held_for_a_function_with_a_day" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = null
    pull = { sftp = "outbox", s3 = "our-bucket/in", schedule = "rate(5 minutes)", gate = { function_arn = "arn:aws:lambda:eu-central-1:111111111111:function:scan" } }
  }

  assert {
    condition     = jsonencode(output.stream.config.pull.gate) == jsonencode({ function_arn = "arn:aws:lambda:eu-central-1:111111111111:function:scan", guardduty = null, timeout_hours = 24 })
    error_message = "The gate changed on its way: ${jsonencode(output.stream.config.pull.gate)}."
  }
}

run "a_pull_is_held_for_guardduty_for_six_days" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    push = null
    pull = { sftp = "outbox", s3 = "our-bucket/in", schedule = "rate(5 minutes)", gate = { guardduty = {}, timeout_hours = 144 } }
  }

  assert {
    condition     = jsonencode(output.stream.config.pull.gate) == jsonencode({ function_arn = null, guardduty = {}, timeout_hours = 144 })
    error_message = "The gate changed on its way: ${jsonencode(output.stream.config.pull.gate)}."
  }
}
