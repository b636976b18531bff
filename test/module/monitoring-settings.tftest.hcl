# The root variable `monitoring`: what it refuses.
variables {
  name    = "partner-files"
  streams = {}
}

run "an_unknown_setting" {
  command = plan
  variables {
    monitoring = { thresholds = {} }
  }
  expect_failures = [var.monitoring]
}

run "an_alarm_of_a_stream_turned_off_for_all" {
  command = plan
  variables {
    monitoring = { off = ["oldest-waiting"] }
  }
  expect_failures = [var.monitoring]
}

run "a_text_for_true_or_false" {
  command = plan
  variables {
    monitoring = { alarms = "perhaps" }
  }
  expect_failures = [var.monitoring]
}

run "a_name_instead_of_a_topic" {
  command = plan
  variables {
    monitoring = { topic_arns = ["ops"] }
  }
  expect_failures = [var.monitoring]
}

run "a_fifo_topic" {
  command = plan
  variables {
    monitoring = { topic_arns = ["arn:aws:sns:eu-west-1:123456789012:ops.fifo"] }
  }
  expect_failures = [var.monitoring]
}

run "no_mail_address" {
  command = plan
  variables {
    monitoring = { email_addresses = ["ops"] }
  }
  expect_failures = [var.monitoring]
}

run "mail_without_a_topic_of_ours" {
  command = plan
  variables {
    monitoring = { email_addresses = ["ops@example.com"], topic_arns = ["arn:aws:sns:eu-west-1:123456789012:ops"] }
  }
  expect_failures = [var.monitoring]
}

run "the_default_key_of_sns" {
  command = plan
  variables {
    monitoring = { kms_key_arn = "alias/aws/sns" }
  }
  expect_failures = [var.monitoring]
}

run "a_path_as_the_runbook" {
  command = plan
  variables {
    monitoring = { runbook_url = "docs/runbook.md" }
  }
  expect_failures = [var.monitoring]
}

run "a_runbook_with_a_fragment" {
  command = plan
  variables {
    monitoring = { runbook_url = "https://wiki.example/runbook#bridge" }
  }
  expect_failures = [var.monitoring]
}

run "a_runbook_of_ones_own" {
  command = plan
  variables {
    monitoring = { runbook_url = "https://wiki.example/bridge-runbook" }
  }
}
