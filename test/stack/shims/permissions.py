"""EventBridge may send to a queue or invoke a function only where the policy there lets it; ministack asks nobody.

Denied deliveries aren't tried again: they go to the target's dead-letter queue, if that lets EventBridge in.
docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html and …/eb-rule-dlq.html. A queue under a
customer-managed key needs that key's leave as well:
docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html. EventBridge
Scheduler comes as a role instead.
"""

import dataclasses
import json

from ministack.core import iam_evaluator
from ministack.core.arn import parse_arn
from ministack.services import eventbridge, iam, kms, lambda_svc, sqs

SERVICE = "events.amazonaws.com"
SCHEDULER = "scheduler.amazonaws.com"


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


def role_may(target, action, resource, schedule_arn):
    """Whether the role of a schedule's target trusts Scheduler, for the schedule's group, and may do this.

    docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    """
    arn, account = target.get("RoleArn", ""), schedule_arn.split(":")[4]
    role = iam._roles.get(arn.split("/")[-1])
    if role is None:
        return False
    group = schedule_arn.replace(":schedule/", ":schedule-group/").rsplit("/", 1)[0]
    context = iam_evaluator.EvalContext(
        principal_arn=arn,
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=schedule_arn.split(":")[3],
        secure_transport=True,
        service_context={"aws:sourcearn": group, "aws:sourceaccount": account},
    )
    assuming = dataclasses.replace(context, action="sts:AssumeRole", resource_arn=arn)
    # ministack's own services come as root, which any service principal lets in.
    trust = role["AssumeRolePolicyDocument"]
    root = f"arn:aws:iam::{account}:root"
    trusted = SCHEDULER in trust and iam_evaluator.evaluate_trust_policy(trust, root, assuming)
    policies = iam_evaluator._gather_role_policies(arn.split("/")[-1], account)
    return trusted and iam_evaluator.evaluate(context, policies).decision == "Allow"


def invoke_by_schedule(invoke_plain, target, event, schedule, view):
    arn, schedule_arn = target.get("Arn", ""), schedule.get("Arn", "")
    if role_may(target, "lambda:InvokeFunction", arn, schedule_arn):
        return invoke_plain(target, event, schedule, view)
    eventbridge.logger.warning("Scheduler: the role of %s may not invoke %s", schedule_arn, arn)
    dead_letters = (target.get("DeadLetterConfig") or {}).get("Arn")
    if dead_letters and role_may(target, "sqs:SendMessage", dead_letters, schedule_arn):
        eventbridge._dispatch_to_sqs(parse_arn(dead_letters), target.get("Input") or "{}")
    return None


def with_permissions(invoke_plain):
    def invoke(target, event, rule, view=None):
        arn, rule_arn = target.get("Arn", ""), rule.get("Arn", "")
        if rule_arn.split(":")[2:3] == ["scheduler"]:
            return invoke_by_schedule(invoke_plain, target, event, rule, view)
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
