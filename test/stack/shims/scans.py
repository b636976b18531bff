"""GuardDuty's events, which no emulator has: a test sends them by PutEvents, in GuardDuty's place.

AWS takes events whose source begins with aws. from its own services alone, and ministack does so too.
docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html (Source)
"""


def with_scans(put_plain):
    def put(data, allow_aws_source=False):
        sources = {entry.get("Source") for entry in data.get("Entries", [])}
        return put_plain(data, allow_aws_source or sources == {"aws.guardduty"})

    return put
