"""EventBridge may send to a queue or invoke a function only where the policy there lets it; ministack asks nobody.

Denied deliveries aren't tried again: they go to the target's dead-letter queue, if that lets EventBridge in.
docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html and …/eb-rule-dlq.html. A queue under a
customer-managed key needs that key's leave as well:
docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
"""

import json

from ministack.core import iam_evaluator
from ministack.core.arn import parse_arn
from ministack.services import eventbridge, kms, lambda_svc, sqs

SERVICE = "events.amazonaws.com"


def lets_in(policy, action, resource, rule_arn, more=None):
    """Whether the policy of a resource lets EventBridge do this for the rule."""
    account = rule_arn.split(":")[4]
    context = iam_evaluator.EvalContext(
        principal_arn=SERVICE,
        principal_type="Service",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=rule_arn.split(":")[3],
        secure_transport=True,
        service_context={"aws:sourcearn": rule_arn, "aws:sourceaccount": account, **(more or {})},
    )
    return iam_evaluator.evaluate_resource_policy(policy, context, service=SERVICE).decision == "Allow"


def queue_takes(arn, rule_arn):
    queue = sqs._queue_by_arn(arn)
    if queue is None:
        return True  # left to ministack, which says so
    attributes = queue["attributes"]
    key = attributes.get("KmsMasterKeyId") or ""
    if ":key/" in key:
        found = kms.key_policy_for_arn(key)
        policy = found[0] if isinstance(found, tuple) else found
        context = {"kms:encryptioncontext:aws:sqs:arn": arn}
        if not all(lets_in(policy, action, key, rule_arn, context) for action in ("kms:GenerateDataKey", "kms:Decrypt")):
            return False
    return lets_in(attributes.get("Policy"), "sqs:SendMessage", arn, rule_arn)


def function_takes(arn, rule_arn):
    found = lambda_svc.function_policy_for_arn(arn)
    return found is not None and lets_in(found[0], "lambda:InvokeFunction", arn, rule_arn)


def with_permissions(invoke_plain):
    def invoke(target, event, rule, view=None):
        arn, rule_arn = target.get("Arn", ""), rule.get("Arn", "")
        asks = {"sqs": queue_takes, "lambda": function_takes}.get(arn.split(":")[2] if arn.count(":") > 4 else "")
        if asks is None or asks(arn, rule_arn):
            return invoke_plain(target, event, rule, view)
        eventbridge.logger.warning("EventBridge: %s may not deliver to %s", rule_arn, arn)
        dead_letters = (target.get("DeadLetterConfig") or {}).get("Arn")
        if dead_letters and queue_takes(dead_letters, rule_arn):
            view = view or eventbridge._pattern_event_view(event)
            eventbridge._dispatch_to_sqs(parse_arn(dead_letters), json.dumps(view.event_with_detail()))
        return None

    return invoke
