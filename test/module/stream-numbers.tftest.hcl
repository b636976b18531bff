# modules/config/stream/numbers.tf: each number of a stream is a whole one within its limits, or an error of the plan.
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

run "the_least_of_each" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { at_least = { pull = { files = 1 }, push = { files = 1 } }, expected = [{ count = 1, within_hours = 1 }], connection_timeouts = 0, errors = 0, failed = 0, oldest_undelivered_minutes = 5, oldest_waiting_minutes = 5, poll_overdue_minutes = 5 }, pull = { extract = { max_bytes = 1, max_entries = 1, max_ratio = 1 }, gate = { timeout_hours = 1 }, pgp = { max_bytes = 1, max_ratio = 1 }, sequence = { first = 0, max = 0, min = 0 }, max_age_days = 1, max_files = 1, max_size = 0, min_size = 0, max_open_files = 1, min_age_seconds = 0, retention_days = 1 }, push = { gate = { timeout_hours = 1 }, reconcile_hours = 1, sequence = { first = 0, max = 0, min = 0 } }, sftp = { via = { port = 1 }, connect_timeout_seconds = 1, max_bytes_per_second = 65536, max_connections = 1, max_handles_per_file = 1, operation_timeout_seconds = 1, port = 1 }, retry_for_days = 1 }
  }
}

run "the_most_of_each" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { at_least = { pull = { files = 9007199254740990 }, push = { files = 9007199254740990 } }, expected = [{ count = 1000, within_hours = 744 }], connection_timeouts = 59, errors = 100000, failed = 100000, oldest_undelivered_minutes = 527040, oldest_waiting_minutes = 527040, poll_overdue_minutes = 527040 }, pull = { extract = { max_bytes = 53687091200000, max_entries = 100000, max_ratio = 100000 }, gate = { timeout_hours = 144 }, pgp = { max_bytes = 53687091200000, max_ratio = 100000 }, sequence = { first = 9007199254740990, max = 9007199254740990, min = 9007199254740990 }, max_age_days = 36500, max_files = 1000000, max_size = 53687091200000, min_size = 53687091200000, max_open_files = 1000000, min_age_seconds = 86400, retention_days = 3650 }, push = { gate = { timeout_hours = 720 }, reconcile_hours = 744, sequence = { first = 9007199254740990, max = 9007199254740990, min = 9007199254740990 } }, sftp = { via = { port = 65535 }, connect_timeout_seconds = 120, max_bytes_per_second = 10000000000, max_connections = 20, max_handles_per_file = 64, operation_timeout_seconds = 300, port = 65535 }, retry_for_days = 365 }
  }
}

run "null_is_the_default" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { retry_for_days = null, alarms = null, pull = null, push = { gate = null, sequence = { first = null } }, sftp = { port = null, via = { port = null } } }
  }
}

run "alarms_connection_timeouts_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { connection_timeouts = -1 } }
  }
  expect_failures = [var.given]
}

run "alarms_connection_timeouts_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { connection_timeouts = 60 } }
  }
  expect_failures = [var.given]
}

run "alarms_connection_timeouts_with_a_half" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { connection_timeouts = 0.5 } }
  }
  expect_failures = [var.given]
}

run "alarms_connection_timeouts_as_a_word" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { connection_timeouts = "many" } }
  }
  expect_failures = [var.given]
}

run "alarms_errors_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { errors = -1 } }
  }
  expect_failures = [var.given]
}

run "alarms_errors_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { errors = 100001 } }
  }
  expect_failures = [var.given]
}

run "alarms_errors_with_a_half" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { errors = 0.5 } }
  }
  expect_failures = [var.given]
}

run "alarms_errors_as_a_word" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { errors = "many" } }
  }
  expect_failures = [var.given]
}

run "alarms_failed_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { failed = -1 } }
  }
  expect_failures = [var.given]
}

run "alarms_failed_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { failed = 100001 } }
  }
  expect_failures = [var.given]
}

run "alarms_failed_with_a_half" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { failed = 0.5 } }
  }
  expect_failures = [var.given]
}

run "alarms_failed_as_a_word" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { failed = "many" } }
  }
  expect_failures = [var.given]
}

run "alarms_oldest_undelivered_minutes_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { oldest_undelivered_minutes = 4 } }
  }
  expect_failures = [var.given]
}

run "alarms_oldest_undelivered_minutes_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { oldest_undelivered_minutes = 527041 } }
  }
  expect_failures = [var.given]
}

run "alarms_oldest_undelivered_minutes_with_a_half" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { oldest_undelivered_minutes = 5.5 } }
  }
  expect_failures = [var.given]
}

run "alarms_oldest_undelivered_minutes_as_a_word" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { oldest_undelivered_minutes = "many" } }
  }
  expect_failures = [var.given]
}

run "alarms_oldest_waiting_minutes_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { oldest_waiting_minutes = 4 } }
  }
  expect_failures = [var.given]
}

run "alarms_oldest_waiting_minutes_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { oldest_waiting_minutes = 527041 } }
  }
  expect_failures = [var.given]
}

run "alarms_oldest_waiting_minutes_with_a_half" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { oldest_waiting_minutes = 5.5 } }
  }
  expect_failures = [var.given]
}

run "alarms_oldest_waiting_minutes_as_a_word" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { oldest_waiting_minutes = "many" } }
  }
  expect_failures = [var.given]
}

run "alarms_poll_overdue_minutes_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { poll_overdue_minutes = 4 } }
  }
  expect_failures = [var.given]
}

run "alarms_poll_overdue_minutes_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { poll_overdue_minutes = 527041 } }
  }
  expect_failures = [var.given]
}

run "alarms_poll_overdue_minutes_with_a_half" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { poll_overdue_minutes = 5.5 } }
  }
  expect_failures = [var.given]
}

run "alarms_poll_overdue_minutes_as_a_word" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { poll_overdue_minutes = "many" } }
  }
  expect_failures = [var.given]
}

run "pull_max_open_files_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { max_open_files = 0 } }
  }
  expect_failures = [var.given]
}

run "pull_max_open_files_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { max_open_files = 1000001 } }
  }
  expect_failures = [var.given]
}

run "pull_max_open_files_with_a_half" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { max_open_files = 1.5 } }
  }
  expect_failures = [var.given]
}

run "pull_max_open_files_as_a_word" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { max_open_files = "many" } }
  }
  expect_failures = [var.given]
}

run "pull_min_age_seconds_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { min_age_seconds = -1 } }
  }
  expect_failures = [var.given]
}

run "pull_min_age_seconds_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { min_age_seconds = 86401 } }
  }
  expect_failures = [var.given]
}

run "pull_min_age_seconds_with_a_half" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { min_age_seconds = 0.5 } }
  }
  expect_failures = [var.given]
}

run "pull_min_age_seconds_as_a_word" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { min_age_seconds = "many" } }
  }
  expect_failures = [var.given]
}

run "pull_retention_days_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { retention_days = 0 } }
  }
  expect_failures = [var.given]
}

run "pull_retention_days_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { retention_days = 3651 } }
  }
  expect_failures = [var.given]
}

run "pull_retention_days_with_a_half" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { retention_days = 1.5 } }
  }
  expect_failures = [var.given]
}

run "pull_retention_days_as_a_word" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { retention_days = "many" } }
  }
  expect_failures = [var.given]
}

run "push_reconcile_hours_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { push = { reconcile_hours = 0 } }
  }
  expect_failures = [var.given]
}

run "push_reconcile_hours_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { push = { reconcile_hours = 745 } }
  }
  expect_failures = [var.given]
}

run "push_reconcile_hours_with_a_half" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { push = { reconcile_hours = 1.5 } }
  }
  expect_failures = [var.given]
}

run "push_reconcile_hours_as_a_word" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { push = { reconcile_hours = "many" } }
  }
  expect_failures = [var.given]
}

run "sftp_connect_timeout_seconds_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { connect_timeout_seconds = 0 } }
  }
  expect_failures = [var.given]
}

run "sftp_connect_timeout_seconds_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { connect_timeout_seconds = 121 } }
  }
  expect_failures = [var.given]
}

run "sftp_connect_timeout_seconds_with_a_half" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { connect_timeout_seconds = 1.5 } }
  }
  expect_failures = [var.given]
}

run "sftp_connect_timeout_seconds_as_a_word" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { connect_timeout_seconds = "many" } }
  }
  expect_failures = [var.given]
}

run "sftp_max_connections_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { max_connections = 0 } }
  }
  expect_failures = [var.given]
}

run "sftp_max_connections_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { max_connections = 21 } }
  }
  expect_failures = [var.given]
}

run "sftp_max_connections_with_a_half" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { max_connections = 1.5 } }
  }
  expect_failures = [var.given]
}

run "sftp_max_connections_as_a_word" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { max_connections = "many" } }
  }
  expect_failures = [var.given]
}

run "sftp_operation_timeout_seconds_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { operation_timeout_seconds = 0 } }
  }
  expect_failures = [var.given]
}

run "sftp_operation_timeout_seconds_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { operation_timeout_seconds = 301 } }
  }
  expect_failures = [var.given]
}

run "sftp_operation_timeout_seconds_with_a_half" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { operation_timeout_seconds = 1.5 } }
  }
  expect_failures = [var.given]
}

run "sftp_operation_timeout_seconds_as_a_word" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { operation_timeout_seconds = "many" } }
  }
  expect_failures = [var.given]
}

run "sftp_port_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { port = 0 } }
  }
  expect_failures = [var.given]
}

run "sftp_port_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { port = 65536 } }
  }
  expect_failures = [var.given]
}

run "sftp_port_with_a_half" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { port = 1.5 } }
  }
  expect_failures = [var.given]
}

run "sftp_port_as_a_word" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { port = "many" } }
  }
  expect_failures = [var.given]
}

run "retry_for_days_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { retry_for_days = 0 }
  }
  expect_failures = [var.given]
}

run "retry_for_days_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { retry_for_days = 366 }
  }
  expect_failures = [var.given]
}

run "retry_for_days_with_a_half" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { retry_for_days = 1.5 }
  }
  expect_failures = [var.given]
}

run "retry_for_days_as_a_word" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { retry_for_days = "many" }
  }
  expect_failures = [var.given]
}

run "sftp_max_handles_per_file_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { max_handles_per_file = 0 } }
  }
  expect_failures = [var.given]
}

run "sftp_max_handles_per_file_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { max_handles_per_file = 65 } }
  }
  expect_failures = [var.given]
}

run "sftp_max_handles_per_file_with_a_half" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { max_handles_per_file = 1.5 } }
  }
  expect_failures = [var.given]
}

run "sftp_max_handles_per_file_as_a_word" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { max_handles_per_file = "many" } }
  }
  expect_failures = [var.given]
}

run "pull_max_age_days_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { max_age_days = 0 } }
  }
  expect_failures = [var.given]
}

run "pull_max_age_days_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { max_age_days = 36501 } }
  }
  expect_failures = [var.given]
}

run "pull_max_age_days_with_a_half" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { max_age_days = 1.5 } }
  }
  expect_failures = [var.given]
}

run "pull_max_age_days_as_a_word" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { max_age_days = "many" } }
  }
  expect_failures = [var.given]
}

run "pull_max_files_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { max_files = 0 } }
  }
  expect_failures = [var.given]
}

run "pull_max_files_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { max_files = 1000001 } }
  }
  expect_failures = [var.given]
}

run "pull_max_files_with_a_half" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { max_files = 1.5 } }
  }
  expect_failures = [var.given]
}

run "pull_max_files_as_a_word" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { max_files = "many" } }
  }
  expect_failures = [var.given]
}

run "pull_max_size_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { max_size = -1 } }
  }
  expect_failures = [var.given]
}

run "pull_max_size_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { max_size = 53687091200001 } }
  }
  expect_failures = [var.given]
}

run "pull_max_size_with_a_half" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { max_size = 0.5 } }
  }
  expect_failures = [var.given]
}

run "pull_max_size_as_a_word" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { max_size = "many" } }
  }
  expect_failures = [var.given]
}

run "pull_min_size_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { min_size = -1 } }
  }
  expect_failures = [var.given]
}

run "pull_min_size_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { min_size = 53687091200001 } }
  }
  expect_failures = [var.given]
}

run "pull_min_size_with_a_half" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { min_size = 0.5 } }
  }
  expect_failures = [var.given]
}

run "pull_min_size_as_a_word" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { min_size = "many" } }
  }
  expect_failures = [var.given]
}

run "sftp_max_bytes_per_second_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { max_bytes_per_second = 65535 } }
  }
  expect_failures = [var.given]
}

run "sftp_max_bytes_per_second_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { max_bytes_per_second = 10000000001 } }
  }
  expect_failures = [var.given]
}

run "sftp_max_bytes_per_second_with_a_half" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { max_bytes_per_second = 65536.5 } }
  }
  expect_failures = [var.given]
}

run "sftp_max_bytes_per_second_as_a_word" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { max_bytes_per_second = "many" } }
  }
  expect_failures = [var.given]
}

run "at_least_pull_files_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { at_least = { pull = { files = 0 } } } }
  }
  expect_failures = [var.given]
}

run "at_least_pull_files_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { at_least = { pull = { files = 9007199254740991 } } } }
  }
  expect_failures = [var.given]
}

run "at_least_push_files_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { at_least = { push = { files = 0 } } } }
  }
  expect_failures = [var.given]
}

run "at_least_push_files_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { at_least = { push = { files = 9007199254740991 } } } }
  }
  expect_failures = [var.given]
}

run "expected_count_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { expected = [{ by = "07:30" }, { by = "07:30", count = 0 }] } }
  }
  expect_failures = [var.given]
}

run "expected_count_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { expected = [{ by = "07:30" }, { by = "07:30", count = 1001 }] } }
  }
  expect_failures = [var.given]
}

run "expected_within_hours_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { expected = [{ by = "07:30", within_hours = 0 }] } }
  }
  expect_failures = [var.given]
}

run "expected_within_hours_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { expected = [{ by = "07:30", within_hours = 745 }] } }
  }
  expect_failures = [var.given]
}

run "extract_max_bytes_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { extract = { max_bytes = 0 } } }
  }
  expect_failures = [var.given]
}

run "extract_max_bytes_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { extract = { max_bytes = 53687091200001 } } }
  }
  expect_failures = [var.given]
}

run "extract_max_entries_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { extract = { max_entries = 0 } } }
  }
  expect_failures = [var.given]
}

run "extract_max_entries_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { extract = { max_entries = 100001 } } }
  }
  expect_failures = [var.given]
}

run "extract_max_ratio_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { extract = { max_ratio = 0 } } }
  }
  expect_failures = [var.given]
}

run "extract_max_ratio_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { extract = { max_ratio = 100001 } } }
  }
  expect_failures = [var.given]
}

run "pull_gate_timeout_hours_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { gate = { guardduty = {}, timeout_hours = 0 } } }
  }
  expect_failures = [var.given]
}

run "pull_gate_timeout_hours_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { gate = { guardduty = {}, timeout_hours = 145 } } }
  }
  expect_failures = [var.given]
}

run "push_gate_timeout_hours_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { push = { gate = { guardduty = {}, timeout_hours = 0 } } }
  }
  expect_failures = [var.given]
}

run "push_gate_timeout_hours_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { push = { gate = { guardduty = {}, timeout_hours = 721 } } }
  }
  expect_failures = [var.given]
}

run "pull_pgp_max_bytes_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { pgp = { max_bytes = 0 } } }
  }
  expect_failures = [var.given]
}

run "pull_pgp_max_bytes_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { pgp = { max_bytes = 53687091200001 } } }
  }
  expect_failures = [var.given]
}

run "pull_pgp_max_ratio_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { pgp = { max_ratio = 0 } } }
  }
  expect_failures = [var.given]
}

run "pull_pgp_max_ratio_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { pgp = { max_ratio = 100001 } } }
  }
  expect_failures = [var.given]
}

run "pull_sequence_first_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { sequence = { name = "{seq}.csv", first = -1 } } }
  }
  expect_failures = [var.given]
}

run "pull_sequence_first_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { sequence = { name = "{seq}.csv", first = 9007199254740991 } } }
  }
  expect_failures = [var.given]
}

run "pull_sequence_max_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { sequence = { name = "{seq}.csv", max = -1 } } }
  }
  expect_failures = [var.given]
}

run "pull_sequence_max_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { sequence = { name = "{seq}.csv", max = 9007199254740991 } } }
  }
  expect_failures = [var.given]
}

run "pull_sequence_min_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { sequence = { name = "{seq}.csv", min = -1 } } }
  }
  expect_failures = [var.given]
}

run "pull_sequence_min_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { pull = { sequence = { name = "{seq}.csv", min = 9007199254740991 } } }
  }
  expect_failures = [var.given]
}

run "push_sequence_first_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { push = { sequence = { name = "{seq}.csv", first = -1 } } }
  }
  expect_failures = [var.given]
}

run "push_sequence_first_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { push = { sequence = { name = "{seq}.csv", first = 9007199254740991 } } }
  }
  expect_failures = [var.given]
}

run "push_sequence_max_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { push = { sequence = { name = "{seq}.csv", max = -1 } } }
  }
  expect_failures = [var.given]
}

run "push_sequence_max_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { push = { sequence = { name = "{seq}.csv", max = 9007199254740991 } } }
  }
  expect_failures = [var.given]
}

run "push_sequence_min_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { push = { sequence = { name = "{seq}.csv", min = -1 } } }
  }
  expect_failures = [var.given]
}

run "push_sequence_min_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { push = { sequence = { name = "{seq}.csv", min = 9007199254740991 } } }
  }
  expect_failures = [var.given]
}

run "via_port_too_small" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { via = { port = 0 } } }
  }
  expect_failures = [var.given]
}

run "via_port_too_large" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { via = { port = 65536 } } }
  }
  expect_failures = [var.given]
}

run "a_part_within_a_part_with_a_half" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { push = { sequence = { name = "{seq}.csv", first = 1.5 } } }
  }
  expect_failures = [var.given]
}

run "a_part_within_a_part_as_a_word" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { sftp = { via = { port = "many" } } }
  }
  expect_failures = [var.given]
}

run "an_entry_of_a_list_as_a_word" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { expected = [{ by = "07:30", count = "many" }] } }
  }
  expect_failures = [var.given]
}

# What it would be is said by the checks of the parts themselves, which show none of these.
run "a_text_where_a_part_has_to_be" {
  command = plan
  module { source = "./modules/config/stream" }
  variables {
    given = { alarms = { expected = [null] }, pull = { pgp = "a key" }, sftp = { via = "http://us:secret@proxy.example" } }
  }
}
