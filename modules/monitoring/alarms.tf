# Every alarm says in its description what to do first, and which section of the runbook goes on from there.
#
# Missing data: counts and ages exist only while there is something to report, so that their absence is good news
# (notBreaching), and an idle stream neither costs nor flaps. What watches over that silence is the heartbeat of the tick,
# whose absence is bad news (breaching).
#
# Periods are a minute wherever that can be: CloudWatch reads real data points from further back than the alarm's periods,
# before it takes any as missing, so that a sum over an hour would stay as it is for up to three.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
#
# Errors count for longer than the longest pause between two attempts (72 minutes, lambda/src/journal/retry.ts), and
# connection time-outs for several such pauses of a partner (18 minutes): otherwise the alarm of what stays broken would end
# with each pause.
locals {
  minute        = 60
  quarter       = 900
  error_minutes = 80

  stream_alarms = merge([
    for name, stream in var.streams : {
      for kind, alarm in {
        errors = {
          metric      = "errors"
          statistic   = "Sum"
          period      = stream.alarms.errors == 0 ? local.minute : local.quarter
          periods     = ceil(local.error_minutes * local.minute / (stream.alarms.errors == 0 ? local.minute : local.quarter))
          points      = 1
          threshold   = stream.alarms.errors
          needed      = true
          description = "Transfers or polls of stream ${name} (${stream.partner}) fail: more than ${stream.alarms.errors} errors in 15 minutes, within the last ${local.error_minutes}. See which file and why: bridge status --stream ${name}"
        }
        connection-timeouts = {
          metric      = "connection-timeouts"
          statistic   = "Sum"
          period      = local.minute
          periods     = 60
          points      = stream.alarms.connection_timeouts + 1
          threshold   = 0
          needed      = true
          description = "${stream.partner} doesn't answer: connection time-outs of stream ${name} in more than ${stream.alarms.connection_timeouts} minutes of the last hour. Its files wait. See how far a connection comes: bridge check --stream ${name}"
        }
        failed-push = {
          metric      = "s3-to-sftp-failed"
          statistic   = "Maximum"
          period      = local.minute
          periods     = 5
          points      = 1
          threshold   = stream.alarms.failed
          needed      = stream.rules.push != null
          description = "More than ${stream.alarms.failed} objects of stream ${name} failed and reach ${stream.partner} only after an operator redrives them: bridge status --stream ${name}, remove the cause, bridge redrive --stream ${name}"
        }
        failed-pull = {
          metric      = "sftp-to-s3-failed"
          statistic   = "Maximum"
          period      = local.minute
          periods     = 5
          points      = 1
          threshold   = stream.alarms.failed
          needed      = stream.rules.poll != null
          description = "More than ${stream.alarms.failed} files of stream ${name} at ${stream.partner} failed and reach S3 only after an operator redrives them: bridge status --stream ${name}, remove the cause, bridge redrive --stream ${name}"
        }
        oldest-undelivered = {
          metric      = "oldest-undelivered-age"
          statistic   = "Maximum"
          period      = local.minute
          periods     = 5
          points      = 3
          threshold   = stream.alarms.oldest_undelivered_minutes * 60
          needed      = stream.rules.push != null
          description = "An object of stream ${name} has been waiting for more than ${stream.alarms.oldest_undelivered_minutes} minutes to be delivered to ${stream.partner}: bridge status --stream ${name}"
        }
        oldest-waiting = {
          metric      = "oldest-waiting-age"
          statistic   = "Maximum"
          period      = local.minute
          periods     = 5
          points      = 3
          threshold   = stream.alarms.oldest_waiting_minutes * 60
          needed      = stream.rules.poll != null
          description = "A file of stream ${name} at ${stream.partner} has been known for more than ${stream.alarms.oldest_waiting_minutes} minutes and isn't in S3: bridge status --stream ${name}"
        }
        polls = {
          metric      = "last-poll-age"
          statistic   = "Maximum"
          period      = local.minute
          periods     = 5
          points      = 3
          threshold   = coalesce(stream.alarms.poll_overdue_minutes, 0) * 60
          needed      = stream.rules.poll != null
          description = "No poll of stream ${name} has succeeded for more than ${coalesce(stream.alarms.poll_overdue_minutes, 0)} minutes: files may be waiting at ${stream.partner} that nobody knows of. See: bridge status --stream ${name}; bridge check --stream ${name}"
        }
        certificate = {
          metric      = "certificate-seconds-left"
          statistic   = "Minimum"
          period      = local.minute
          periods     = 5
          points      = 3
          threshold   = coalesce(stream.alarms.certificate_days, 0) * 86400
          comparison  = "LessThanThreshold"
          needed      = stream.alarms.certificate_days != null
          description = "A certificate that stream ${name} logs in with, to ${stream.partner} or to the jump host on the way there, expires within ${coalesce(stream.alarms.certificate_days, 0)} days, or has expired. Ask who signed it for a new one, and store it in its secret; see the dates: bridge check --stream ${name}"
        }
        pgp-key = {
          metric      = "pgp-key-seconds-left"
          statistic   = "Minimum"
          period      = local.minute
          periods     = 5
          points      = 3
          threshold   = coalesce(stream.alarms.pgp_key_days, 0) * 86400
          comparison  = "LessThanThreshold"
          needed      = stream.alarms.pgp_key_days != null
          description = "Within ${coalesce(stream.alarms.pgp_key_days, 0)} days stream ${name} has no OpenPGP key left to encrypt or sign with for ${stream.partner} (push.pgp), or that has none left to encrypt to, or sign with, for us (pull.pgp); or there is none any more. Store the next key beside the old one; see the dates: bridge check --stream ${name}"
        }
        expected = {
          metric      = "expected-files-missing"
          statistic   = "Maximum"
          period      = local.minute
          periods     = 5
          points      = 3
          threshold   = 0
          needed      = stream.alarms.expected > 0
          description = "A file that stream ${name} expects by now hasn't come (alarms.expected). Ask ${stream.partner} whether it was sent; see what is there: bridge list --stream ${name}"
        }
      } : "${name}/${kind}" => merge({ comparison = "GreaterThanThreshold" }, alarm, { stream = name, kind = kind, missing = "notBreaching" })
      if alarm.needed && !contains(stream.alarms.off, "all") && !contains(stream.alarms.off, trimsuffix(trimsuffix(kind, "-push"), "-pull"))
    }
  ]...)

  # The tick publishes a count of 0 each minute for these (counts in the function's configuration): without data in the
  # window CloudWatch would go on from the last day that had some, and say nothing for three.
  count_alarms = merge([
    for name, stream in var.streams : {
      for side, least in stream.alarms.at_least : "${name}/at-least-${side}" => {
        stream      = name
        kind        = "at-least-${side}"
        metric      = side == "push" ? "s3-to-sftp" : "sftp-to-s3"
        statistic   = "Sum"
        period      = least.hours * 3600
        periods     = 1
        points      = 1
        threshold   = least.files
        comparison  = "LessThanThreshold"
        missing     = "breaching"
        description = "Stream ${name} moved fewer than ${least.files} files (${side}) within ${least.hours} hours. Are there any to move: bridge list --stream ${name} --direction ${side}; and did they fail: bridge status --stream ${name}"
      } if !contains(stream.alarms.off, "all") && !contains(stream.alarms.off, "at-least")
    }
  ]...)

  # What EventBridge can't deliver goes to the queue `undelivered`, and then counts as delivered to it, not as failed; what can't
  # go there either is lost, and has a metric of its own.
  # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
  rule_alarms = merge([
    for name, stream in var.streams : {
      for kind, alarm in {
        rule-poll = {
          rule        = stream.rules.scheduler ? null : stream.rules.poll
          metric      = "FailedInvocations"
          description = "EventBridge can't deliver what the rule ${coalesce(stream.rules.poll, "-")} of stream ${name} sends (polls). See the policy of its target: is it as the module made it? Run terraform plan"
        }
        rule-push = {
          rule        = stream.rules.push
          metric      = "FailedInvocations"
          description = "EventBridge can't deliver what the rule ${coalesce(stream.rules.push, "-")} of stream ${name} sends (events of new objects: see the queue ${var.queue_names.undelivered}). See the policy of its target: is it as the module made it? Run terraform plan"
        }
        rule-push-lost = {
          rule        = stream.rules.push
          metric      = "InvocationsFailedToBeSentToDlq"
          description = "Events of new objects of stream ${name} are lost: EventBridge can neither deliver them nor put them into ${var.queue_names.undelivered}. Are both queues, and their KMS key, as the module made them? Run terraform plan; then bridge reconcile --stream ${name}"
        }
      } : "${name}/${kind}" => merge(alarm, { stream = name })
      if alarm.rule != null && !contains(stream.alarms.off, "all") && !contains(stream.alarms.off, "rules")
    }
  ]...)

  bridge_alarms = {
    timeouts = {
      dimensions  = {}
      metric      = "lambda-function-timeouts"
      namespace   = var.namespace
      statistic   = "Sum"
      period      = local.minute
      periods     = 5
      threshold   = 0
      comparison  = "GreaterThanThreshold"
      missing     = "notBreaching"
      description = "The function was stopped by its time-out, in the middle of what it did. Nothing is lost, transfers go on; but it should end by itself before: see the saved query ${var.name}/function-failures"
    }
    errors = {
      dimensions  = {}
      metric      = "errors"
      namespace   = var.namespace
      statistic   = "Sum"
      period      = local.minute
      periods     = 15
      threshold   = 0
      comparison  = "GreaterThanThreshold"
      missing     = "notBreaching"
      description = "The function failed apart from any stream: its configuration, its journal, a malformed event. See the saved query ${var.name}/errors"
    }
    tick = {
      dimensions  = {}
      metric      = "ticks"
      namespace   = var.namespace
      statistic   = "Sum"
      period      = local.minute
      periods     = 10
      threshold   = 1
      comparison  = "LessThanThreshold"
      missing     = "breaching"
      description = "The bridge's tick hasn't run for ten minutes: nothing is retried, and no age or overdue poll is reported any more. Is the rule ${var.tick_rule_name} on, and does the function ${var.function_name} start? See the saved query ${var.name}/function-failures"
    }
    dead-letters = {
      dimensions  = { QueueName = var.queue_names.dead_letters }
      metric      = "ApproximateNumberOfMessagesVisible"
      namespace   = "AWS/SQS"
      statistic   = "Maximum"
      period      = 300
      periods     = 1
      threshold   = 0
      comparison  = "GreaterThanThreshold"
      missing     = "notBreaching"
      description = "Events of new objects could not be taken in, so that their objects aren't known to the bridge. See why: the saved query ${var.name}/errors; once it is mended: bridge redrive --queue"
    }
    undelivered = {
      dimensions  = { QueueName = var.queue_names.undelivered }
      metric      = "ApproximateNumberOfMessagesVisible"
      namespace   = "AWS/SQS"
      statistic   = "Maximum"
      period      = 300
      periods     = 1
      threshold   = 0
      comparison  = "GreaterThanThreshold"
      missing     = "notBreaching"
      description = "EventBridge could not deliver events of new objects to the bridge's queue, so that their objects aren't known to it. The messages say why (ERROR_MESSAGE); once it is mended: bridge redrive --queue"
    }
    events-waiting = {
      dimensions  = { QueueName = var.queue_names.events }
      metric      = "ApproximateAgeOfOldestMessage"
      namespace   = "AWS/SQS"
      statistic   = "Maximum"
      period      = local.minute
      periods     = 5
      threshold   = 900
      comparison  = "GreaterThanThreshold"
      missing     = "notBreaching"
      description = "Events of new objects have been waiting in the queue ${var.queue_names.events} for a quarter of an hour: nobody takes them in. Is the function's event source on, may the role and Lambda use the queue and its key? Run terraform plan; after fourteen days they are gone"
    }
    throttles = {
      dimensions  = { FunctionName = var.function_name }
      metric      = "Throttles"
      namespace   = "AWS/Lambda"
      statistic   = "Sum"
      period      = local.minute
      periods     = 10
      points      = 3
      threshold   = 0
      comparison  = "GreaterThanThreshold"
      missing     = "notBreaching"
      description = "Lambda turns invocations away, in three of ten minutes: the account's concurrency in this region is used up, here or by other functions. Transfers and polls are late. See what uses it up; ask AWS for more, or lower maximum_concurrency"
    }
    tick-rule = {
      dimensions  = { RuleName = var.tick_rule_name }
      metric      = "FailedInvocations"
      namespace   = "AWS/Events"
      statistic   = "Sum"
      period      = local.minute
      periods     = 5
      threshold   = 0
      comparison  = "GreaterThanThreshold"
      missing     = "notBreaching"
      description = "EventBridge can't call the function each minute. Is its resource policy as the module made it? Run terraform plan"
    }
  }

  expects = anytrue([for stream in var.streams : stream.alarms.expected > 0])
  checker_alarms = {
    for name, alarm in {
      expectations = {
        dimensions  = {}
        metric      = "expectation-checks"
        namespace   = var.namespace
        statistic   = "Sum"
        period      = local.minute
        periods     = 10
        threshold   = 1
        comparison  = "LessThanThreshold"
        missing     = "breaching"
        description = "Nothing checks whether expected files have come (alarms.expected): the check, which runs each minute, fails or doesn't run. See the saved query ${var.name}/errors"
      }
    } : name => alarm if local.expects
  }

  # An event is sent within seconds, and again with each tick until it is taken.
  event_alarms = {
    for name, alarm in {
      unsent-events = {
        dimensions  = {}
        metric      = "oldest-unsent-event-age"
        namespace   = var.namespace
        statistic   = "Maximum"
        period      = local.minute
        periods     = 5
        points      = 3
        threshold   = 900
        comparison  = "GreaterThanThreshold"
        missing     = "notBreaching"
        description = "EventBridge hasn't taken an event of a file that ended for a quarter of an hour: whoever relies on these events isn't told. Files move all the same, and nothing is lost; the events wait in the journal. See why: the saved query ${var.name}/unsent-events"
      }
    } : name => alarm if var.events
  }

  actions = local.topics

  # CloudWatch takes 1,024 characters, of which the way to the runbook has to be whole: its section's name has up to 30.
  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
  description_room = 1024 - length(" · Runbook: ${var.settings.runbook_url}#") - 30
}

# Terraform evaluates a for_each again for each of its instances and copies what comes of it, all the way down. With hundreds of
# streams there are thousands of alarms, so that it gets their names alone, from locals, and each alarm is found by its own. Each
# mention of another value in an alarm is an edge of the graph, for each of them: so these are few, and what can be is made up here.
locals {
  rule_alarm_names   = tomap({ for key in keys(local.rule_alarms) : key => key if var.settings.alarms })
  stream_alarm_names = tomap({ for key in keys(local.alarms_of_streams) : key => key if var.settings.alarms })

  alarms_of_streams = {
    for key, alarm in merge(local.stream_alarms, local.count_alarms) : key => merge(alarm, {
      description = "${substr(alarm.description, 0, local.description_room)} · Runbook: ${var.settings.runbook_url}#${replace(trimsuffix(trimsuffix(alarm.kind, "-push"), "-pull"), "/", "-")}"
    })
  }
  alarms_of_rules = {
    for key, alarm in local.rule_alarms : key => merge(alarm, {
      description = "${substr(alarm.description, 0, local.description_room)} · Runbook: ${var.settings.runbook_url}#rules"
    })
  }

  ok_actions = var.settings.ok_notifications ? local.actions : []
}

resource "aws_cloudwatch_metric_alarm" "stream" {
  for_each = local.stream_alarm_names

  alarm_name          = "${var.name}/${each.key}"
  alarm_description   = local.alarms_of_streams[each.key].description
  namespace           = var.namespace
  metric_name         = local.alarms_of_streams[each.key].metric
  dimensions          = { stream = local.alarms_of_streams[each.key].stream }
  statistic           = local.alarms_of_streams[each.key].statistic
  period              = local.alarms_of_streams[each.key].period
  evaluation_periods  = local.alarms_of_streams[each.key].periods
  datapoints_to_alarm = local.alarms_of_streams[each.key].points
  comparison_operator = local.alarms_of_streams[each.key].comparison
  threshold           = local.alarms_of_streams[each.key].threshold
  treat_missing_data  = local.alarms_of_streams[each.key].missing
  alarm_actions       = local.actions
  ok_actions          = local.ok_actions
  tags                = var.tags
}

resource "aws_cloudwatch_metric_alarm" "rule" {
  for_each = local.rule_alarm_names

  alarm_name          = "${var.name}/${each.key}"
  alarm_description   = local.alarms_of_rules[each.key].description
  namespace           = "AWS/Events"
  metric_name         = local.alarms_of_rules[each.key].metric
  dimensions          = { RuleName = local.alarms_of_rules[each.key].rule }
  statistic           = "Sum"
  period              = local.minute
  evaluation_periods  = 5
  datapoints_to_alarm = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.actions
  ok_actions          = local.ok_actions
  tags                = var.tags
}

resource "aws_cloudwatch_metric_alarm" "bridge" {
  for_each = { for key, alarm in merge(local.bridge_alarms, local.checker_alarms, local.event_alarms) : key => alarm if var.settings.alarms && !contains(var.settings.off, key) }

  alarm_name          = "${var.name}/${each.key}"
  alarm_description   = "${substr(each.value.description, 0, local.description_room)} · Runbook: ${var.settings.runbook_url}#bridge-${each.key}"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = each.value.period
  evaluation_periods  = each.value.periods
  datapoints_to_alarm = each.value.missing == "breaching" ? each.value.periods : lookup(each.value, "points", 1)
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  treat_missing_data  = each.value.missing
  alarm_actions       = local.actions
  ok_actions          = local.ok_actions
  tags                = var.tags
}
