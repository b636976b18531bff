locals {
  # Written out, not read off the queues, so that a queue can carry its policies from its first moment, and so that none
  # waits for another: the provider waits two minutes for each queue that it deletes.
  queue_arns = {
    for queue in ["dead-letters", "events", "undelivered"] : queue => "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${var.name}-${queue}"
  }

  # The push rules, each by itself; and as what they have in common, where that would be too long for a policy. No other bridge's
  # rules are called so (variable `name`).
  # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html
  queue_policy_limit = 8192
  push_rules = sort([
    for name, stream in var.streams : "arn:${local.partition}:events:${local.region}:${local.account_id}:rule/${stream.rule_names == null ? "${var.name}-push-${name}" : stream.rule_names.push}"
    if stream.config.push != null
  ])
  push_sources = [
    { ArnEquals = { "aws:SourceArn" = local.push_rules } },
    { ArnLike = { "aws:SourceArn" = ["${local.rules_arn}-push-*"] } },
  ]

  # EventBridge sends to two of the queues, for this bridge's push rules alone, and to the first of them for the rule of verdicts (verdicts.tf).
  # Nobody comes without TLS.
  queue_policy_forms = {
    for queue, arn in local.queue_arns : queue => [
      for source in local.push_sources : jsonencode({
        Version = "2012-10-17"
        Statement = [
          for statement in [
            {
              Sid       = "PushRules"
              Effect    = "Allow"
              Principal = { Service = "events.amazonaws.com" }
              Action    = "sqs:SendMessage"
              Resource  = arn
              Condition = source
            },
            {
              Sid       = "VerdictRule"
              Effect    = "Allow"
              Principal = { Service = "events.amazonaws.com" }
              Action    = "sqs:SendMessage"
              Resource  = arn
              Condition = { ArnEquals = { "aws:SourceArn" = "arn:${local.partition}:events:${local.region}:${local.account_id}:rule/${local.verdict_rule}" } }
            },
            {
              Sid       = "TlsOnly"
              Effect    = "Deny"
              Principal = "*"
              Action    = "sqs:*"
              Resource  = arn
              Condition = { Bool = { "aws:SecureTransport" = "false" } }
            },
            ] : statement if contains(concat(
              ["TlsOnly"],
              queue != "dead-letters" && length(local.push_rules) > 0 ? ["PushRules"] : [],
              queue == "events" && local.has_verdicts ? ["VerdictRule"] : [],
          ), statement.Sid)
        ]
      })
    ]
  }

  # All take the same form: the longest decides.
  names_push_rules = alltrue([for forms in values(local.queue_policy_forms) : length(forms[0]) <= local.queue_policy_limit])
  queue_policies   = { for queue, forms in local.queue_policy_forms : queue => forms[local.names_push_rules ? 0 : 1] }

  fourteen_days = 14 * 24 * 60 * 60
}

# Events on their way into the journal.
resource "aws_sqs_queue" "events" {
  name                      = "${var.name}-events"
  kms_master_key_id         = local.kms_key_arn
  message_retention_seconds = local.fourteen_days
  policy                    = local.queue_policies["events"]
  sqs_managed_sse_enabled   = var.kms_key == null ? true : null
  # As long as the function may run, which Lambda insists on, and a minute to hand a batch over. The function itself has
  # messages that it can't take in come back after a minute, and then less and less often. So this is for what it died over,
  # and for batches that are throttled: Lambda's advice of six times (90 minutes) would delay both, to spare duplicates, which
  # the journal sees by itself.
  # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
  visibility_timeout_seconds = var.timeout + 60
  tags                       = var.tags
}

# Events that the function could not take into the journal.
resource "aws_sqs_queue" "dead_letters" {
  name                      = "${var.name}-dead-letters"
  kms_master_key_id         = local.kms_key_arn
  message_retention_seconds = local.fourteen_days
  policy                    = local.queue_policies["dead-letters"]
  sqs_managed_sse_enabled   = var.kms_key == null ? true : null
  tags                      = var.tags

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [local.queue_arns["events"]]
  })
}

# Events that EventBridge could not put into the queue. Apart from the dead letters, because the two call for different
# remedies, and because these carry EventBridge's reason in their attributes.
resource "aws_sqs_queue" "undelivered" {
  name                      = "${var.name}-undelivered"
  kms_master_key_id         = local.kms_key_arn
  message_retention_seconds = local.fourteen_days
  policy                    = local.queue_policies["undelivered"]
  sqs_managed_sse_enabled   = var.kms_key == null ? true : null
  tags                      = var.tags
}

# By itself, because SQS takes it only when both queues are there.
resource "aws_sqs_queue_redrive_policy" "events" {
  queue_url = aws_sqs_queue.events.url

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    # With the pauses between them (1, 2, 4, 8 and then 15 minutes) an hour.
    maxReceiveCount = 8
  })
}
