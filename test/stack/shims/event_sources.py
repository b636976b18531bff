"""Who puts events may be bound to a source; ministack knows no such condition and denies all that have it.

docs.aws.amazon.com/eventbridge/latest/userguide/policy-keys-eventbridge.html (events:source)
"""

import json


def with_sources(context_plain):
    """The keys of a request's context, with the sources of the events that it puts."""

    def context(service, iam_action, body, params):
        keys = context_plain(service, iam_action, body, params)
        if iam_action != "events:PutEvents":
            return keys
        try:
            entries = json.loads(body or b"{}").get("Entries", [])
        except (json.JSONDecodeError, UnicodeDecodeError):
            return keys
        sources = sorted({str(entry.get("Source", "")) for entry in entries})
        return {**keys, "events:source": sources[0] if len(sources) == 1 else sources}

    return context
