# reports: where daily reports go, and what is refused.
variables {
  account_id     = "123456789012"
  default_bucket = "own-bucket"
  name           = "partner-files"
  streams = {
    acme   = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { sftp = "inbox" }, pull = { s3 = "theirs/in/acme", sftp = "outbox", schedule = "rate(1 hour)" } }
    globex = { sftp = { host = "g.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { s3 = "theirs/out", sftp = "inbox" } }
  }
}

run "none_unless_wanted" {
  command = plan
  module { source = "./modules/config" }

  assert {
    condition     = output.reports == null && !can(jsondecode(output.json).reports)
    error_message = "Got ${output.json}."
  }
}

run "an_empty_object_is_enough" {
  command = plan
  module { source = "./modules/config" }
  variables {
    reports = {}
  }

  assert {
    condition     = jsonencode(jsondecode(output.json).reports) == jsonencode({ bucket = "own-bucket", kms_key_arn = null, prefix = "reports/", streams = ["acme", "globex"], time_zone = "UTC" })
    error_message = "Got ${output.json}."
  }
}

run "a_bucket_of_ours_a_zone_and_one_stream" {
  command = plan
  module { source = "./modules/config" }
  variables {
    reports = { s3 = "audit", time_zone = "Europe/Berlin", streams = ["globex"], bucket_owner = "012345678901", kms_key_arn = "arn:aws:kms:eu-west-1:012345678901:key/1" }
  }

  assert {
    condition     = jsonencode(jsondecode(output.json).reports) == jsonencode({ bucket = "audit", kms_key_arn = "arn:aws:kms:eu-west-1:012345678901:key/1", prefix = "", streams = ["globex"], time_zone = "Europe/Berlin" })
    error_message = "Got ${output.json}."
  }

  assert {
    condition     = jsondecode(output.json).bucket_owners.audit == "012345678901"
    error_message = "Whose the bucket has to be isn't told: ${output.json}."
  }
}

run "beside_a_stream_of_a_like_name" {
  command = plan
  module { source = "./modules/config" }
  variables {
    reports = { s3 = "theirs/outside" }
  }

  assert {
    condition     = output.reports.prefix == "outside/"
    error_message = "Got ${jsonencode(output.reports)}."
  }
}

run "an_unknown_key" {
  command = plan
  module { source = "./modules/config/reports" }
  variables {
    given   = { bucket = "audit" }
    reports = {}
    streams = ["acme"]
  }
  expect_failures = [var.reports]
}

run "a_time_zone_that_does_not_exist" {
  command = plan
  module { source = "./modules/config/reports" }
  variables {
    given   = {}
    reports = { time_zone = "Europe/Bonn" }
    streams = ["acme"]
  }
  expect_failures = [var.reports]
}

run "no_stream" {
  command = plan
  module { source = "./modules/config/reports" }
  variables {
    given   = {}
    reports = { streams = [] }
    streams = ["acme"]
  }
  expect_failures = [var.reports]
}

run "a_stream_that_does_not_exist" {
  command = plan
  module { source = "./modules/config/reports" }
  variables {
    given   = {}
    reports = { streams = ["acme", "initech"] }
    streams = ["acme"]
  }
  expect_failures = [var.reports]
}

run "where_a_push_takes_from" {
  command = plan
  module { source = "./modules/config" }
  variables {
    reports = { s3 = "theirs/out/reports" }
  }
  expect_failures = [output.reports]
}

run "where_a_pull_puts" {
  command = plan
  module { source = "./modules/config" }
  variables {
    reports = { s3 = "theirs/in/acme" }
  }
  expect_failures = [output.reports]
}

run "above_them" {
  command = plan
  module { source = "./modules/config" }
  variables {
    reports = { s3 = "theirs" }
  }
  expect_failures = [output.reports]
}

