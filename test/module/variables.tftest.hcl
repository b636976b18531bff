# The root module's own variables: what their validations take and refuse.
variables {
  name = "partner-files"
  streams = {
    acme = {
      sftp = { host = "sftp.acme.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/acme" } }
      push = { s3 = "our-bucket/out/acme", sftp = "inbox" }
    }
  }
}

run "empty_name" {
  command = plan
  variables {
    name = ""
  }
  expect_failures = [var.name]
}

run "name_in_capitals" {
  command = plan
  variables {
    name = "Bridge"
  }
  expect_failures = [var.name]
}

run "name_with_an_underscore" {
  command = plan
  variables {
    name = "partner_files"
  }
  expect_failures = [var.name]
}

run "name_that_begins_with_a_digit" {
  command = plan
  variables {
    name = "1bridge"
  }
  expect_failures = [var.name]
}

run "name_that_ends_in_a_hyphen" {
  command = plan
  variables {
    name = "bridge-"
  }
  expect_failures = [var.name]
}

run "name_that_is_too_long" {
  command = plan
  variables {
    name = "nnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
  }
  expect_failures = [var.name]
}

run "name_that_aws_keeps_for_itself" {
  command = plan
  variables {
    name = "aws-bridge"
  }
  expect_failures = [var.name]
}

run "a_name_whose_rules_would_be_another_bridges_pushes" {
  command = plan
  variables {
    name = "partner-push"
  }
  expect_failures = [var.name]
}

run "a_name_whose_rules_would_be_another_bridges_polls" {
  command = plan
  variables {
    name = "partner-poll-files"
  }
  expect_failures = [var.name]
}

run "a_name_whose_rules_would_be_another_bridges_ticks" {
  command = plan
  variables {
    name = "partner-tick"
  }
  expect_failures = [var.name]
}

run "a_name_with_such_a_word_as_part_of_another" {
  command = plan
  variables {
    name = "push-pollen-tickets"
  }
}

run "longest_name" {
  command = plan
  variables {
    name = "nnnnnnnnnnnnnnnnnnnnnnnnnnnn"
  }
}

run "streams_that_are_a_list" {
  command = plan
  variables {
    streams = ["acme"]
  }
  expect_failures = [var.streams]
}

run "a_stream_that_is_text" {
  command = plan
  variables {
    streams = { acme = "sftp.acme.example" }
  }
  expect_failures = [var.streams]
}

run "a_timeout_that_is_too_short" {
  command = plan
  variables {
    timeout = 29
  }
  expect_failures = [var.timeout]
}

run "a_timeout_that_is_too_long" {
  command = plan
  variables {
    timeout = 901
  }
  expect_failures = [var.timeout]
}

run "half_a_second_of_timeout" {
  command = plan
  variables {
    timeout = 30.5
  }
  expect_failures = [var.timeout]
}

run "shortest_timeout" {
  command = plan
  variables {
    timeout = 30
  }
}

run "longest_timeout" {
  command = plan
  variables {
    timeout = 900
  }
}

run "too_little_memory" {
  command = plan
  variables {
    memory_size = 255
  }
  expect_failures = [var.memory_size]
}

run "too_much_memory" {
  command = plan
  variables {
    memory_size = 10241
  }
  expect_failures = [var.memory_size]
}

run "half_a_megabyte" {
  command = plan
  variables {
    memory_size = 512.5
  }
  expect_failures = [var.memory_size]
}

run "no_concurrency" {
  command = plan
  variables {
    maximum_concurrency = 0
  }
  expect_failures = [var.maximum_concurrency]
}

run "concurrency_of_one" {
  command = plan
  variables {
    maximum_concurrency = 1
  }
  expect_failures = [var.maximum_concurrency]
}

run "negative_concurrency" {
  command = plan
  variables {
    maximum_concurrency = -2
  }
  expect_failures = [var.maximum_concurrency]
}

run "too_much_concurrency" {
  command = plan
  variables {
    maximum_concurrency = 1001
  }
  expect_failures = [var.maximum_concurrency]
}

run "half_a_concurrency" {
  command = plan
  variables {
    maximum_concurrency = 2.5
  }
  expect_failures = [var.maximum_concurrency]
}

run "log_retention_that_cloudwatch_has_not" {
  command = plan
  variables {
    log_retention_days = 31
  }
  expect_failures = [var.log_retention_days]
}

run "negative_log_retention" {
  command = plan
  variables {
    log_retention_days = -1
  }
  expect_failures = [var.log_retention_days]
}

run "log_retention_for_ever" {
  command = plan
  variables {
    log_retention_days = 0
  }
}

run "no_journal_retention" {
  command = plan
  variables {
    journal_retention_days = 0
  }
  expect_failures = [var.journal_retention_days]
}

run "half_a_day_of_journal_retention" {
  command = plan
  variables {
    journal_retention_days = 1.5
  }
  expect_failures = [var.journal_retention_days]
}

run "too_much_journal_retention" {
  command = plan
  variables {
    journal_retention_days = 3651
  }
  expect_failures = [var.journal_retention_days]
}

run "comparisons_further_apart_than_the_journal_remembers" {
  command = plan
  variables {
    journal_retention_days = 2
    streams = {
      acme = {
        sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }
        push = { s3 = "our-bucket/out", reconcile_hours = 49 }
      }
    }
  }
  expect_failures = [var.journal_retention_days]
}

run "comparisons_as_far_apart_as_the_journal_remembers" {
  command = plan
  variables {
    journal_retention_days = 2
    streams = {
      acme = {
        sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }
        push = { s3 = "our-bucket/out", reconcile_hours = 48 }
      }
      globex = {
        sftp = { host = "g.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }
        pull = { s3 = "our-bucket/in", schedule = "rate(1 hour)" }
        push = null
      }
    }
  }
}

run "a_partner_by_an_ipv6_address" {
  command = plan
  variables {
    streams = { acme = { sftp = { host = "[2001:db8::1]", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = {} } }
  }
  expect_failures = [var.streams]
}

run "a_partner_by_ipv6_alone" {
  command = plan
  variables {
    streams = { acme = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, options = { forceIPv6 = true }, password = { ssm_parameter = "/sftp/a" } }, push = {} } }
  }
  expect_failures = [var.streams]
}

run "unknown_log_level" {
  command = plan
  variables {
    log_level = "info"
  }
  expect_failures = [var.log_level]
}

run "namespace_of_aws" {
  command = plan
  variables {
    metric_namespace = "AWS/Lambda"
  }
  expect_failures = [var.metric_namespace]
}

run "namespace_with_a_space" {
  command = plan
  variables {
    metric_namespace = "our files"
  }
  expect_failures = [var.metric_namespace]
}

run "namespace_of_our_own" {
  command = plan
  variables {
    metric_namespace = "Files/Partners"
  }
}

run "boundary_that_is_no_policy" {
  command = plan
  variables {
    permissions_boundary = "arn:aws:iam::123456789012:role/boundary"
  }
  expect_failures = [var.permissions_boundary]
}

run "boundary" {
  command = plan
  variables {
    permissions_boundary = "arn:aws:iam::123456789012:policy/boundary"
  }
}

run "role_path_without_a_slash_at_its_end" {
  command = plan
  variables {
    role_path = "/bridges"
  }
  expect_failures = [var.role_path]
}

run "role_path_without_a_slash_at_its_beginning" {
  command = plan
  variables {
    role_path = "bridges/"
  }
  expect_failures = [var.role_path]
}

run "role_path_with_a_space" {
  command = plan
  variables {
    role_path = "/our bridges/"
  }
  expect_failures = [var.role_path]
}

run "role_path" {
  command = plan
  variables {
    role_path = "/bridges/files/"
  }
}

run "a_prefix_among_the_buckets" {
  command = plan
  variables {
    enable_eventbridge_on_buckets = ["our-bucket/out"]
  }
  expect_failures = [var.enable_eventbridge_on_buckets]
}

run "an_address_among_the_buckets" {
  command = plan
  variables {
    enable_eventbridge_on_buckets = ["s3://our-bucket"]
  }
  expect_failures = [var.enable_eventbridge_on_buckets]
}

run "malformed_bucket_name" {
  command = plan
  variables {
    bucket_name = "our_bucket"
  }
  expect_failures = [var.bucket_name]
}

run "bucket_name_with_a_prefix" {
  command = plan
  variables {
    bucket_name = "our-bucket/out"
  }
  expect_failures = [var.bucket_name]
}

run "bucket_name_for_a_bucket_that_is_not_made" {
  command = plan
  variables {
    bucket_name   = "our-bucket"
    create_bucket = false
  }
  expect_failures = [var.bucket_name]
}

run "tag_that_aws_keeps_for_itself" {
  command = plan
  variables {
    tags = { "aws:owner" = "us" }
  }
  expect_failures = [var.tags]
}

run "tag_without_a_key" {
  command = plan
  variables {
    tags = { "" = "us" }
  }
  expect_failures = [var.tags]
}

run "a_calendar_with_a_day_that_is_not_there" {
  command = plan
  variables {
    calendars = { target2 = ["12-25", "02-30"] }
  }
  expect_failures = [var.calendars]
}

run "kms_key_neither_made_nor_named" {
  command = plan
  variables { kms_key = {} }
  expect_failures = [var.kms_key]
}

run "kms_key_made_and_named" {
  command = plan
  variables { kms_key = { arn = "arn:aws:kms:eu-west-1:123456789012:key/ours", create = true } }
  expect_failures = [var.kms_key]
}

run "kms_key_an_alias" {
  command = plan
  variables { kms_key = { arn = "alias/ours" } }
  expect_failures = [var.kms_key]
}

run "kms_key_deleted_at_once" {
  command = plan
  variables { kms_key = { create = true, deletion_window_in_days = 1 } }
  expect_failures = [var.kms_key]
}

run "an_unknown_architecture" {
  command = plan
  variables {
    architecture = "arm"
  }
  expect_failures = [var.architecture]
}

run "old_versions_for_part_of_a_day" {
  command = plan
  variables {
    noncurrent_version_expiration_days = 0
  }
  expect_failures = [var.noncurrent_version_expiration_days]
}

run "a_runbook_further_away_than_a_description_is_long" {
  command = plan
  variables {
    monitoring = { runbook_url = "https://example.com/${join("", [for _ in range(50) : "0123456789"])}" }
  }
  expect_failures = [var.monitoring]
}
