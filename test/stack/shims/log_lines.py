"""A log event has 256 KB at most, with 26 bytes for itself: what is longer comes in several, of which none is JSON.

docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_InputLogEvent.html. Newer limits are wider
(cloudwatch_limits_cwl.html); a line that fits this one fits them all.
"""

LARGEST = 262_144 - 26


def cut(text):
    """The text in pieces of at most so many bytes of UTF-8."""
    encoded = text.encode("utf-8")
    if len(encoded) <= LARGEST:
        return [text]
    return [encoded[at : at + LARGEST].decode("utf-8", "replace") for at in range(0, len(encoded), LARGEST)]


def with_limit(append_plain):
    def append(stream, events):
        return append_plain(stream, [{**event, "message": piece} for event in events for piece in cut(event["message"])])

    return append
