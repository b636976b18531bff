"""S3's events as EventBridge gets them: with the version's id, and only some minutes after they were turned on.

docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html (object.version-id),
docs.aws.amazon.com/AmazonS3/latest/userguide/enable-event-notifications-eventbridge.html ("it takes around five minutes for
the changes to take effect"). The seconds of that are SHIM_EVENTBRIDGE_STARTS_AFTER, none unless a test says so.
"""

import json
import os
import time
from contextvars import ContextVar

from ministack.services import s3

STARTS_AFTER = float(os.environ.get("SHIM_EVENTBRIDGE_STARTS_AFTER", "0"))

version = ContextVar("version", default=None)
turned_on = {}


def with_start(put_plain):
    """PutBucketNotificationConfiguration: remembers when a bucket's events were turned on."""

    def put(name, body, headers=None):
        was_on = "EventBridgeConfiguration" in (s3._bucket_notifications.get(name) or "")
        answer = put_plain(name, body, headers)
        is_on = "EventBridgeConfiguration" in (s3._bucket_notifications.get(name) or "")
        if is_on and not was_on:
            turned_on[name] = time.time()
        return answer

    return put


def with_version(fire_plain):
    def fire(bucket, key, event_name, *rest, version_id=None, **named):
        if version_id is None:
            found = (s3._buckets.get(bucket) or {"objects": {}})["objects"].get(key) or {}
            version_id = found.get("version_id")
        token = version.set(version_id)
        try:
            return fire_plain(bucket, key, event_name, *rest, version_id=version_id, **named)
        finally:
            version.reset(token)

    return fire


def with_facts(dispatch_plain):
    """Events on their way to a bus: of S3's, those that come too early are lost, as on AWS."""

    def dispatch(event, view=None):
        if event.get("Source") == "aws.s3" and "_DispatchPath" not in event:
            detail = json.loads(event["Detail"])
            if time.time() < turned_on.get(detail["bucket"]["name"], 0) + STARTS_AFTER:
                return None
            if version.get():
                detail["object"]["version-id"] = version.get()
                return dispatch_plain({**event, "Detail": json.dumps(detail)})
        return dispatch_plain(event, view)

    return dispatch
