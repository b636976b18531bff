# modules/forwarding: events of a bucket elsewhere, and what becomes of those that can't be passed on.
mock_provider "aws" {
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-west-1:222222222222:to-bridge-undelivered", url = "https://sqs.example/undelivered" }
  }

  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:eu-west-1:222222222222:rule/to-bridge" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::222222222222:role/to-bridge-events" }
  }
}

variables {
  forwarding = { bus_arn = "arn:aws:events:eu-west-1:123456789012:event-bus/default", event_pattern = "{}" }
  name       = "to-bridge"
}

run "what_cannot_be_forwarded_waits_in_a_queue" {
  module { source = "./modules/forwarding" }

  assert {
    condition     = aws_cloudwatch_event_target.this.dead_letter_config[0].arn == "arn:aws:sqs:eu-west-1:222222222222:to-bridge-undelivered" && output.undelivered_queue_url == "https://sqs.example/undelivered"
    error_message = "An event that can't be forwarded is lost."
  }

  assert {
    condition     = jsondecode(aws_sqs_queue_policy.undelivered.policy).Statement[0].Condition == { ArnEquals = { "aws:SourceArn" = "arn:aws:events:eu-west-1:222222222222:rule/to-bridge" } } && length(aws_cloudwatch_metric_alarm.undelivered) == 0
    error_message = "The rule may not put into its queue, or others may."
  }
}

run "the_owner_is_told" {
  module { source = "./modules/forwarding" }

  variables {
    alarm_topic_arns = ["arn:aws:sns:eu-west-1:222222222222:ops"]
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.undelivered[0].dimensions == tomap({ QueueName = "to-bridge-undelivered" }) && aws_cloudwatch_metric_alarm.undelivered[0].alarm_actions == toset(["arn:aws:sns:eu-west-1:222222222222:ops"])
    error_message = "Nobody is told of events that can't be forwarded."
  }
}
