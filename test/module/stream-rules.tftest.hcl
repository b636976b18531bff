# modules/stream: the rules of one stream.
mock_provider "aws" {}

variables {
  bridge = {
    schedule_arn          = "arn:aws:lambda:eu-west-1:123456789012:function:partner-files:schedule"
    queue_arn             = "arn:aws:sqs:eu-west-1:123456789012:events"
    undelivered_queue_arn = "arn:aws:sqs:eu-west-1:123456789012:undelivered"
  }
  name       = "acme"
  push       = { bucket = "our-bucket", prefix = "out/acme/" }
  pull       = { interval_seconds = 300, schedule = "rate(5 minutes)" }
  rule_names = { poll = "partner-files-poll-acme", push = "partner-files-push-acme" }
}

run "a_push" {
  module { source = "./modules/stream" }

  assert {
    condition = aws_cloudwatch_event_rule.push[0].name == "partner-files-push-acme" && jsondecode(aws_cloudwatch_event_rule.push[0].event_pattern) == {
      source        = ["aws.s3"]
      "detail-type" = ["Object Created"]
      detail        = { bucket = { name = ["our-bucket"] }, object = { key = [{ prefix = "out/acme/" }] } }
    }
    error_message = "The rule does not see the objects: ${aws_cloudwatch_event_rule.push[0].event_pattern}"
  }

  # The event as S3 sent it, and a dead-letter queue for what could not be delivered.
  assert {
    condition = jsonencode({
      arn         = aws_cloudwatch_event_target.push[0].arn
      dead        = aws_cloudwatch_event_target.push[0].dead_letter_config[0].arn
      input       = aws_cloudwatch_event_target.push[0].input
      transformer = length(aws_cloudwatch_event_target.push[0].input_transformer)
      age         = aws_cloudwatch_event_target.push[0].retry_policy[0].maximum_event_age_in_seconds
      }) == jsonencode({
      arn         = "arn:aws:sqs:eu-west-1:123456789012:events"
      dead        = "arn:aws:sqs:eu-west-1:123456789012:undelivered"
      input       = null
      transformer = 0
      age         = 86400
    })
    error_message = "The rule's target has changed."
  }
}

run "a_poll" {
  module { source = "./modules/stream" }

  assert {
    condition     = aws_cloudwatch_event_rule.poll[0].name == "partner-files-poll-acme" && aws_cloudwatch_event_rule.poll[0].schedule_expression == "rate(5 minutes)"
    error_message = "The poll's rule has changed."
  }

  assert {
    condition     = aws_cloudwatch_event_target.poll[0].arn == "arn:aws:lambda:eu-west-1:123456789012:function:partner-files:schedule" && jsondecode(aws_cloudwatch_event_target.poll[0].input) == { action = "poll", streams = ["acme"] }
    error_message = "The poll says something else."
  }

  assert {
    condition     = aws_cloudwatch_event_target.poll[0].retry_policy[0].maximum_retry_attempts == 0 && aws_cloudwatch_event_target.poll[0].retry_policy[0].maximum_event_age_in_seconds == 300
    error_message = "A poll is repeated, or kept for longer than until the next one."
  }

  assert {
    condition     = output.rule_names == { poll = "partner-files-poll-acme", push = "partner-files-push-acme" }
    error_message = "The names of the rules are not given out."
  }
}

run "a_push_of_a_whole_bucket_only" {
  module { source = "./modules/stream" }
  variables {
    pull = null
    push = { bucket = "our-bucket", prefix = "" }
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.push[0].event_pattern).detail == { bucket = { name = ["our-bucket"] } }
    error_message = "An empty prefix is no prefix."
  }

  assert {
    condition     = length(aws_cloudwatch_event_rule.poll) == 0 && length(aws_cloudwatch_event_target.poll) == 0 && output.rule_names.poll == null
    error_message = "There is a poll without a pull."
  }
}

run "a_pull_by_cron_only" {
  module { source = "./modules/stream" }
  variables {
    pull = { interval_seconds = null, schedule = "cron(0 6 * * ? *)" }
    push = null
  }

  assert {
    condition     = length(aws_cloudwatch_event_rule.push) == 0 && length(aws_cloudwatch_event_target.push) == 0 && output.rule_names.push == null
    error_message = "There is a push rule without a push."
  }

  assert {
    condition     = aws_cloudwatch_event_target.poll[0].retry_policy[0].maximum_event_age_in_seconds == 900
    error_message = "A poll by cron is kept for longer than a quarter of an hour."
  }
}

run "a_poll_every_three_days" {
  command = plan
  module { source = "./modules/stream" }
  variables {
    pull = { interval_seconds = 259200, schedule = "rate(3 days)" }
  }

  assert {
    condition     = aws_cloudwatch_event_target.poll[0].retry_policy[0].maximum_event_age_in_seconds == 86400
    error_message = "EventBridge keeps an event for a day at most."
  }
}

run "tags_and_retries" {
  command = plan
  module { source = "./modules/stream" }
  variables {
    tags = { team = "files" }
  }

  assert {
    condition     = aws_cloudwatch_event_rule.push[0].tags == tomap({ team = "files" }) && aws_cloudwatch_event_rule.poll[0].tags == tomap({ team = "files" })
    error_message = "A rule has no tags."
  }

  assert {
    condition     = aws_cloudwatch_event_target.push[0].retry_policy[0].maximum_retry_attempts == 185
    error_message = "A push event is given up sooner than EventBridge does by itself."
  }
}
