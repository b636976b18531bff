# The variable schedule_rules: what is refused.
variables {
  name = "partner-files"
  streams = {
    Acme_Reports = {
      sftp = { host = "sftp.acme.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/acme" } }
      pull = { s3 = "our-bucket/in/acme", sftp = "outbox", schedule = "rate(1 day)" }
    }
    globex = {
      sftp = { host = "sftp.globex.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/globex" } }
      pull = { s3 = "our-bucket/in/globex", sftp = "outbox", schedule = "rate(1 day)" }
    }
    initech = {
      sftp = { host = "sftp.initech.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/initech" } }
      push = { s3 = "our-bucket/out/initech", sftp = "inbox" }
    }
  }
}

run "a_stream_that_is_not_there" {
  command = plan
  variables {
    schedule_rules = ["Acme_Reports.gobex"]
  }
  expect_failures = [var.schedule_rules]
}

run "a_stream_without_a_pull" {
  command = plan
  variables {
    schedule_rules = ["globex.initech"]
  }
  expect_failures = [var.schedule_rules]
}

run "other_capitals" {
  command = plan
  variables {
    schedule_rules = ["acme_reports"]
  }
  expect_failures = [var.schedule_rules]
}

run "an_arn" {
  command = plan
  variables {
    schedule_rules = ["arn:aws:events:eu-west-1:123456789012:rule/globex"]
  }
  expect_failures = [var.schedule_rules]
}

run "a_wildcard" {
  command = plan
  variables {
    schedule_rules = ["glob*"]
  }
  expect_failures = [var.schedule_rules]
}

run "more_than_the_policy_has_room_for" {
  command = plan
  variables {
    schedule_rules = [for i in range(41) : "s${i}"]
    streams = {
      for i in range(41) : "s${i}" => {
        sftp = { host = "sftp${i}.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/${i}" } }
        pull = { s3 = "our-bucket/in/${i}", sftp = "outbox", schedule = "rate(1 day)" }
      }
    }
  }
  expect_failures = [var.schedule_rules]
}
