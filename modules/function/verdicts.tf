# Where GuardDuty is a gate, it tells of each scan, and the function asks about that version at once. It asks by itself as well, so that a
# lost event costs minutes and nothing else: no dead letters, and no alarm.
# https://docs.aws.amazon.com/guardduty/latest/ug/monitor-with-eventbridge-s3-malware-protection.html
locals {
  verdict_rule = "${var.name}-verdicts"

  # Whether there is such a gate is known in the plan, also where names of buckets aren't.
  scanned_pushes = [for push in local.pushes : push.place if try(push.place.gate.guardduty, null) != null]
  scanned_pulls  = [for gate in local.pull_gates : gate if gate.guardduty != null]
  has_verdicts   = length(local.scanned_pushes) + length(local.scanned_pulls) > 0

  verdict_buckets  = distinct(concat(local.scanned_pushes[*].bucket, length(local.scanned_pulls) > 0 ? [module.config_bucket.name] : []))
  verdict_prefixes = distinct(concat(local.scanned_pushes[*].prefix, length(local.scanned_pulls) > 0 ? [local.gate_prefix] : []))

  # The function looks whose file it is, so that more than its files is no mistake where a pattern (2,048 characters at most) can't
  # hold the places. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
  verdict_patterns = [
    for objects in [
      merge({ bucketName = local.verdict_buckets }, contains(local.verdict_prefixes, "") ? {} : { objectKey = [for prefix in local.verdict_prefixes : { prefix = prefix }] }),
      { bucketName = local.verdict_buckets },
      {},
      ] : jsonencode(merge(
        {
          source        = ["aws.guardduty"]
          "detail-type" = ["GuardDuty Malware Protection Object Scan Result"]
          account       = [local.account_id]
        },
        length(objects) == 0 ? {} : { detail = { s3ObjectDetails = objects } },
    ))
  ]
}

# Its state is set, so that a plan shows a rule that was turned off by hand.
resource "aws_cloudwatch_event_rule" "verdicts" {
  count = local.has_verdicts ? 1 : 0

  name          = local.verdict_rule
  description   = "What GuardDuty tells of scans of files that the bridge ${var.name} holds goes to its queue."
  event_pattern = [for pattern in local.verdict_patterns : pattern if length(pattern) <= 2048][0]
  state         = "ENABLED"
  tags          = var.tags
}

resource "aws_cloudwatch_event_target" "verdicts" {
  count = local.has_verdicts ? 1 : 0

  rule      = aws_cloudwatch_event_rule.verdicts[0].name
  target_id = "queue"
  arn       = local.queue_arns["events"]

  # By then the function has asked by itself.
  retry_policy {
    maximum_event_age_in_seconds = 900
    maximum_retry_attempts       = 10
  }

  depends_on = [aws_sqs_queue.events]
}
