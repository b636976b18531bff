"""A page of a listing has 1,000 names at most, whatever is asked for; both emulators give as many as one asks for.

docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html (max-keys), API_ListObjectVersions.html,
API_ListMultipartUploads.html (max-uploads), API_ListParts.html (max-parts)
"""

LARGEST = 1000
PARAMETERS = ("max-keys", "max-uploads", "max-parts")


def at_most(value):
    """The text of a parameter, lowered where it asks for more than S3 gives."""
    return str(min(int(value), LARGEST)) if value.isdigit() else value


def clamp(query):
    """The parsed query of a request (name → texts, or a text), with no larger page than S3 gives."""
    def lowered(value):
        return [at_most(one) for one in value] if isinstance(value, list) else at_most(value)

    return {name: lowered(value) if name in PARAMETERS else value for name, value in query.items()}


def with_pages(handle_plain):
    """ministack's handler of S3's requests."""

    async def handle(method, path, headers, body, query_params, *rest, **options):
        return await handle_plain(method, path, headers, body, clamp(query_params), *rest, **options)

    return handle
