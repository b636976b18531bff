# modules/monitoring: what is watched by default, what a stream may tune or leave out, and CloudWatch's limits.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { dns_suffix = "amazonaws.com", partition = "aws" }
  }

  mock_data "aws_region" {
    defaults = { region = "eu-west-1" }
  }

  mock_resource "aws_cloudwatch_metric_alarm" {
    defaults = { arn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:mocked" }
  }

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-west-1:123456789012:mocked" }
  }
}

variables {
  function_name  = "partner-files"
  log_group_name = "/aws/lambda/partner-files"
  name           = "partner-files"
  namespace      = "partner-files"
  queue_names    = { dead_letters = "partner-files-dead-letters", events = "partner-files-events", undelivered = "partner-files-undelivered" }
  tick_rule_name = "partner-files-tick"
  widget_arn     = "arn:aws:lambda:eu-west-1:123456789012:function:partner-files:read"
  settings = {
    alarms           = true
    create_topic     = true
    dashboard        = true
    email_addresses  = ["ops@example.com"]
    kms_key_arn      = null
    off              = []
    ok_notifications = true
    queries          = true
    runbook_url      = "https://example.com/runbook"
    topic_arns       = []
  }
  streams = {
    acme = {
      alarms  = { at_least = {}, certificate_days = 14, connection_timeouts = 2, errors = 0, expected = 0, failed = 5, off = [], oldest_undelivered_minutes = 60, oldest_waiting_minutes = 60, pgp_key_days = 30, poll_overdue_minutes = 30 }
      partner = "us@sftp.acme.example:22"
      rules   = { poll = "partner-files-poll-acme", push = "partner-files-push-acme" }
    }
    globex = {
      alarms  = { at_least = { push = { files = 10, hours = 24 } }, connection_timeouts = 2, errors = 3, expected = 1, failed = 2, off = ["connection-timeouts", "rules", "failed"], oldest_undelivered_minutes = 120, oldest_waiting_minutes = 60, poll_overdue_minutes = null }
      partner = "us@sftp.globex.example:22"
      rules   = { poll = null, push = "partner-files-push-globex" }
    }
    quiet = {
      alarms  = { at_least = { pull = { files = 1, hours = 1 } }, connection_timeouts = 2, errors = 0, expected = 2, failed = 0, off = ["all"], oldest_undelivered_minutes = 60, oldest_waiting_minutes = 60, poll_overdue_minutes = 30 }
      partner = "us@sftp.quiet.example:22"
      rules   = { poll = "partner-files-poll-quiet", push = null }
    }
  }
}

run "alarms_of_each_stream" {
  module { source = "./modules/monitoring" }

  assert {
    condition = toset(keys(aws_cloudwatch_metric_alarm.stream)) == toset([
      "acme/certificate", "acme/connection-timeouts", "acme/errors", "acme/failed-pull", "acme/failed-push", "acme/oldest-undelivered", "acme/oldest-waiting", "acme/pgp-key", "acme/polls",
      "globex/at-least-push", "globex/errors", "globex/expected", "globex/oldest-undelivered",
    ])
    error_message = "Alarms of the streams: ${join(", ", keys(aws_cloudwatch_metric_alarm.stream))}"
  }

  assert {
    condition     = toset(keys(aws_cloudwatch_metric_alarm.rule)) == toset(["acme/rule-poll", "acme/rule-push", "acme/rule-push-lost"])
    error_message = "Alarms of rules: ${join(", ", keys(aws_cloudwatch_metric_alarm.rule))}"
  }

  assert {
    condition     = toset(keys(aws_cloudwatch_metric_alarm.bridge)) == toset(["dead-letters", "errors", "events-waiting", "expectations", "throttles", "tick", "tick-rule", "timeouts", "undelivered"])
    error_message = "Alarms of the bridge: ${join(", ", keys(aws_cloudwatch_metric_alarm.bridge))}"
  }

  assert {
    condition = alltrue([
      aws_cloudwatch_metric_alarm.stream["globex/errors"].threshold == 3,
      aws_cloudwatch_metric_alarm.stream["globex/oldest-undelivered"].threshold == 7200,
      aws_cloudwatch_metric_alarm.stream["acme/certificate"].threshold == 14 * 86400,
      aws_cloudwatch_metric_alarm.stream["acme/pgp-key"].threshold == 30 * 86400 && aws_cloudwatch_metric_alarm.stream["acme/pgp-key"].metric_name == "pgp-key-seconds-left",
      aws_cloudwatch_metric_alarm.stream["acme/certificate"].comparison_operator == "LessThanThreshold",
      aws_cloudwatch_metric_alarm.stream["acme/polls"].threshold == 1800,
      aws_cloudwatch_metric_alarm.stream["acme/failed-push"].threshold == 5,
      aws_cloudwatch_metric_alarm.stream["acme/failed-pull"].threshold == 5,
      aws_cloudwatch_metric_alarm.stream["globex/at-least-push"].period == 86400,
      aws_cloudwatch_metric_alarm.stream["globex/at-least-push"].threshold == 10,
    ])
    error_message = "A threshold isn't the stream's own."
  }

  assert {
    condition = alltrue([
      for key, alarm in aws_cloudwatch_metric_alarm.stream : alarm.dimensions == tomap({ stream = split("/", key)[0] }) && alarm.namespace == "partner-files"
    ])
    error_message = "An alarm looks at another stream's metric."
  }
}

# Events that nobody takes in, that are lost altogether, and invocations that Lambda turns away: only AWS's own metrics tell.
run "what_aws_alone_can_tell" {
  module { source = "./modules/monitoring" }

  assert {
    condition = {
      for key in ["events-waiting", "throttles"] : key => {
        metric     = "${aws_cloudwatch_metric_alarm.bridge[key].namespace} ${aws_cloudwatch_metric_alarm.bridge[key].metric_name}"
        dimensions = aws_cloudwatch_metric_alarm.bridge[key].dimensions
        over       = aws_cloudwatch_metric_alarm.bridge[key].threshold
        points     = aws_cloudwatch_metric_alarm.bridge[key].datapoints_to_alarm
      }
      } == {
      events-waiting = { metric = "AWS/SQS ApproximateAgeOfOldestMessage", dimensions = tomap({ QueueName = "partner-files-events" }), over = 900, points = 1 }
      throttles      = { metric = "AWS/Lambda Throttles", dimensions = tomap({ FunctionName = "partner-files" }), over = 0, points = 3 }
    }
    error_message = "Nobody watches the events' queue, or the function's throttles."
  }

  assert {
    condition = { for key, alarm in aws_cloudwatch_metric_alarm.rule : key => "${alarm.metric_name} ${alarm.dimensions.RuleName}" } == {
      "acme/rule-poll"      = "FailedInvocations partner-files-poll-acme"
      "acme/rule-push"      = "FailedInvocations partner-files-push-acme"
      "acme/rule-push-lost" = "InvocationsFailedToBeSentToDlq partner-files-push-acme"
    }
    error_message = "A rule's alarms aren't what its stream asks for."
  }
}

# An idle stream has no data and is fine; a heartbeat without data isn't.
run "missing_data" {
  module { source = "./modules/monitoring" }

  assert {
    condition = alltrue([
      for key, alarm in aws_cloudwatch_metric_alarm.stream : alarm.treat_missing_data == (strcontains(key, "at-least") ? "breaching" : "notBreaching")
    ])
    error_message = "A stream's alarm takes the absence of data the wrong way."
  }

  assert {
    condition = alltrue([
      for key, alarm in aws_cloudwatch_metric_alarm.bridge : alarm.treat_missing_data == (contains(["expectations", "tick"], key) ? "breaching" : "notBreaching")
    ])
    error_message = "An alarm of the bridge takes the absence of data the wrong way."
  }
}

# CloudWatch refuses a description of more than 1,024 characters.
run "a_long_way_to_the_runbook_leaves_room_for_its_section" {
  module { source = "./modules/monitoring" }

  variables {
    settings = {
      alarms           = true
      create_topic     = true
      dashboard        = false
      email_addresses  = []
      kms_key_arn      = null
      off              = []
      ok_notifications = true
      queries          = false
      runbook_url      = "https://example.com/${join("", [for _ in range(48) : "0123456789"])}"
      topic_arns       = []
    }
    streams = {
      acme = {
        alarms  = { at_least = {}, connection_timeouts = 2, errors = 0, expected = 0, failed = 5, off = [], oldest_undelivered_minutes = 60, oldest_waiting_minutes = 60, poll_overdue_minutes = 30 }
        partner = "us@${join(".", [for _ in range(25) : "subdomain"])}:22"
        rules   = { poll = "partner-files-poll-acme", push = "partner-files-push-acme" }
      }
    }
  }

  assert {
    condition = alltrue([
      for alarm in concat(values(aws_cloudwatch_metric_alarm.stream), values(aws_cloudwatch_metric_alarm.rule), values(aws_cloudwatch_metric_alarm.bridge)) :
      length(alarm.alarm_description) <= 1024 && can(regex("0123456789#[a-z-]+$", alarm.alarm_description))
    ])
    error_message = "An alarm's description is too long, or its section of the runbook is cut off."
  }
}

run "every_alarm_says_what_to_do" {
  module { source = "./modules/monitoring" }

  assert {
    condition = alltrue([
      for alarm in concat(values(aws_cloudwatch_metric_alarm.stream), values(aws_cloudwatch_metric_alarm.rule), values(aws_cloudwatch_metric_alarm.bridge)) :
      can(regex("Runbook: https://example.com/runbook#[a-z-]+$", alarm.alarm_description)) && length(alarm.alarm_description) <= 1024
    ])
    error_message = "An alarm's description has no section of the runbook, or is longer than CloudWatch allows."
  }

  assert {
    condition = alltrue([
      for alarm in concat(values(aws_cloudwatch_metric_alarm.stream), values(aws_cloudwatch_metric_alarm.rule), values(aws_cloudwatch_metric_alarm.bridge)) :
      alarm.alarm_actions == toset([aws_sns_topic.this[0].arn]) && alarm.ok_actions == toset([aws_sns_topic.this[0].arn])
    ])
    error_message = "An alarm tells nobody."
  }
}

run "filters" {
  module { source = "./modules/monitoring" }

  assert {
    condition = { for name, filter in aws_cloudwatch_log_metric_filter.this : name => filter.pattern } == {
      connection-timeouts      = "{ $.event = \"connection-timeout\" }"
      errors                   = "{ $.event = \"error\" }"
      errors-exited            = "\"Runtime exited with\" -timestamp"
      errors-invoke            = "\"Invoke Error\" -timestamp"
      errors-rejection         = "\"Unhandled Promise Rejection\" -timestamp"
      errors-uncaught          = "\"Uncaught Exception\" -timestamp"
      errors-without-stream    = "{ ($.event = \"error\") && ($.stream NOT EXISTS) }"
      lambda-function-timeouts = "\"Task timed out after\" -timestamp"
    }
    error_message = "The filters have changed."
  }

  assert {
    condition = alltrue([
      for name, filter in aws_cloudwatch_log_metric_filter.this :
      try(filter.metric_transformation[0].dimensions["stream"], null) == (contains(["connection-timeouts", "errors"], name) ? "$.stream" : null)
    ])
    error_message = "A filter has the wrong dimension."
  }
}

run "the_topic_takes_messages_from_this_bridges_alarms_alone" {
  module { source = "./modules/monitoring" }

  assert {
    condition = jsondecode(aws_sns_topic_policy.this[0].policy).Statement[0] == {
      Sid       = "Alarms"
      Effect    = "Allow"
      Principal = { Service = "cloudwatch.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = "arn:aws:sns:eu-west-1:123456789012:mocked"
      Condition = {
        ArnLike      = { "aws:SourceArn" = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:partner-files/*" }
        StringEquals = { "aws:SourceAccount" = "123456789012" }
      }
    }
    error_message = "The topic's policy has changed: ${aws_sns_topic_policy.this[0].policy}"
  }

  assert {
    condition     = keys(aws_sns_topic_subscription.email) == ["ops@example.com"] && aws_sns_topic.this[0].kms_master_key_id == null
    error_message = "Subscriptions or encryption of the topic are not what was asked for."
  }
}

run "topics_of_the_user" {
  module { source = "./modules/monitoring" }
  variables {
    settings = { alarms = true, create_topic = false, dashboard = false, email_addresses = [], kms_key_arn = null, off = [], ok_notifications = false, queries = false, runbook_url = "x", topic_arns = ["arn:aws:sns:eu-west-1:123456789012:ops"] }
  }

  assert {
    condition = length(aws_sns_topic.this) == 0 && length(aws_cloudwatch_dashboard.this) == 0 && length(aws_cloudwatch_query_definition.this) == 0 && alltrue([
      for alarm in values(aws_cloudwatch_metric_alarm.stream) : alarm.alarm_actions == toset(["arn:aws:sns:eu-west-1:123456789012:ops"]) && length(coalesce(alarm.ok_actions, [])) == 0
    ])
    error_message = "The module made what it was told not to, or the user's topic isn't told."
  }
}

run "some_alarms_of_the_bridge_turned_off" {
  module { source = "./modules/monitoring" }
  variables {
    settings = { alarms = true, create_topic = true, dashboard = true, email_addresses = [], kms_key_arn = null, off = ["timeouts", "tick-rule"], ok_notifications = true, queries = true, runbook_url = "x", topic_arns = [] }
  }

  assert {
    condition     = toset(keys(aws_cloudwatch_metric_alarm.bridge)) == toset(["dead-letters", "errors", "events-waiting", "expectations", "throttles", "tick", "undelivered"])
    error_message = "Alarms of the bridge: ${join(", ", keys(aws_cloudwatch_metric_alarm.bridge))}"
  }
}

run "no_alarms_at_all" {
  module { source = "./modules/monitoring" }
  variables {
    settings = { alarms = false, create_topic = true, dashboard = true, email_addresses = [], kms_key_arn = null, off = [], ok_notifications = true, queries = true, runbook_url = "x", topic_arns = [] }
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.stream) + length(aws_cloudwatch_metric_alarm.rule) + length(aws_cloudwatch_metric_alarm.bridge) + length(aws_sns_topic.this) == 0 && length(aws_cloudwatch_log_metric_filter.this) == 8
    error_message = "alarms = false left alarms or a topic, or took the metrics away."
  }
}

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
run "the_dashboard_of_three_streams" {
  module { source = "./modules/monitoring" }

  assert {
    condition     = length(jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets) == 1 + 1 + 1 + 14 + 3 + 3 * 5
    error_message = "The dashboard has ${length(jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets)} widgets."
  }

  assert {
    condition = length(distinct([
      for widget in jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets : "${widget.x},${widget.y}"
    ])) == length(jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets)
    error_message = "Two widgets lie on one another."
  }

  assert {
    condition     = [for widget in jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets : widget.properties.endpoint if widget.type == "custom"] == [var.widget_arn]
    error_message = "The function's own widget is missing, or asks another function."
  }
}

run "the_dashboard_of_fifty_streams" {
  module { source = "./modules/monitoring" }
  variables {
    streams = {
      for i in range(50) : "stream-with-a-long-name-${i}" => {
        alarms  = { at_least = {}, connection_timeouts = 2, errors = 0, expected = 0, failed = 0, off = [], oldest_undelivered_minutes = 60, oldest_waiting_minutes = 60, poll_overdue_minutes = 30 }
        partner = "a-long-user-name@sftp.a-partner-with-a-long-name.example:22"
        rules   = { poll = "partner-files-poll-${i}", push = "partner-files-push-${i}" }
      }
    }
  }

  assert {
    condition     = length(jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets) <= 100 && length(aws_cloudwatch_dashboard.this[0].dashboard_body) < 1000000
    error_message = "The dashboard is larger than a person, or CloudWatch, takes: ${length(aws_cloudwatch_dashboard.this[0].dashboard_body)} characters."
  }

  assert {
    condition = alltrue([
      for widget in jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets : length(widget.properties.alarms) <= 100 if widget.type == "alarm"
    ])
    error_message = "A widget holds more alarms than CloudWatch shows."
  }

  assert {
    condition     = length(aws_cloudwatch_log_metric_filter.this) == 8
    error_message = "Filters grow with the streams; a log group has at most 100."
  }
}

# A warning, not an error: the apply works, and CloudWatch may turn the filters off later.
run "a_thousand_streams_are_more_than_a_filter_bears" {
  command = plan
  variables {
    streams = {
      for i in range(1000) : "s${i}" => {
        alarms  = { at_least = {}, connection_timeouts = 2, errors = 0, expected = 0, failed = 0, off = ["all"], oldest_undelivered_minutes = 60, oldest_waiting_minutes = 60, poll_overdue_minutes = null }
        partner = "us@s${i}.example:22"
        rules   = { poll = null, push = "partner-files-push-s${i}" }
      }
    }
  }
  module { source = "./modules/monitoring" }
  expect_failures = [check.metric_filters]
}
