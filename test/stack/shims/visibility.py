"""Lambda takes a queue as its source only if messages stay hidden for as long as the function may run.

docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html; both the mapping and later changes of the function are
refused (InvalidParameterValueException, "Queue visibility timeout: … is less than Function timeout: …"). ministack looks at
neither. That messages stay hidden for that time, it holds.
"""

import json
import re

from ministack.services import lambda_svc, sqs

MAPPINGS = re.compile(r"/2015-03-31/event-source-mappings(/[^/]+)?/?$")
CONFIGURATION = re.compile(r"/2015-03-31/functions/([^/]+)/configuration$")


def refusal(hidden, timeout):
    message = f"Queue visibility timeout: {hidden} seconds is less than Function timeout: {timeout} seconds"
    body = json.dumps({"Type": "User", "message": message}).encode()
    return 400, {"Content-Type": "application/json", "x-amzn-errortype": "InvalidParameterValueException"}, body


def hidden_seconds(arn):
    queue = sqs._queue_by_arn(arn or "")
    return int(queue["attributes"].get("VisibilityTimeout", "30")) if queue else None


def timeout_of(function):
    found = lambda_svc._functions.get(function.split(":")[-1] if function.startswith("arn:") else function)
    return int((found or {"config": {}})["config"].get("Timeout", 3))


def pairs(method, path, data):
    """(seconds hidden, seconds that the function may run) of what the request would make."""
    if method == "POST" and MAPPINGS.search(path) and ":sqs:" in data.get("EventSourceArn", ""):
        yield hidden_seconds(data["EventSourceArn"]), timeout_of(data["FunctionName"])
    changed = CONFIGURATION.search(path)
    if method == "PUT" and changed and "Timeout" in data:
        for _, _, mapping in lambda_svc._iter_all_esms():
            if mapping.get("FunctionName") == changed.group(1) and ":sqs:" in mapping.get("EventSourceArn", ""):
                yield hidden_seconds(mapping["EventSourceArn"]), int(data["Timeout"])


def with_visibility(handle_plain):
    async def handle(method, path, headers, body, query_params, *rest, **options):
        data = json.loads(body) if body and body[:1] == b"{" else {}
        for hidden, timeout in pairs(method, path, data):
            if hidden is not None and hidden < timeout:
                return refusal(hidden, timeout)
        return await handle_plain(method, path, headers, body, query_params, *rest, **options)

    return handle
