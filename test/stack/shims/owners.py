"""A request to a bucket of another account than it expects is denied; ministack and moto don't look.

docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
"""

from ministack.services import s3

DENIED = (
    b'<?xml version="1.0" encoding="UTF-8"?>'
    b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
)


def with_owners(handle_plain):
    """ministack's handler of S3's requests."""

    async def handle(method, path, headers, body, query_params, *rest, **options):
        expected = headers.get("x-amz-expected-bucket-owner")
        owner = s3._bucket_owner_account(path.lstrip("/").split("/", 1)[0])
        if expected is None or owner is None or owner == expected:
            return await handle_plain(method, path, headers, body, query_params, *rest, **options)
        return 403, {"Content-Type": "application/xml"}, b"" if method == "HEAD" else DENIED

    return handle
