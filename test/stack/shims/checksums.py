"""Checksums of uploads in parts, and what of a request's content is signed, as AWS looks at them; ministack doesn't.

docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html and
…/API/bucket-policy-s3-sigv4-conditions.html
"""

from awscrt import checksums
from ministack.services import s3

WHOLE = "CRC64NVME"


def crc64nvme(body):
    """ministack's own goes byte by byte in Python: 0.16 s for each MiB, in which it does nothing else."""
    return checksums.crc64nvme(body)


def with_kind(upload_plain):
    """UploadPart: a checksum has to be of the kind that the upload was begun with."""

    def upload_part(bucket_name, key, body, query_params, headers):
        upload = s3._multipart_uploads.get(s3._qp(query_params, "uploadId")) or {}
        wanted = upload.get("checksum_algorithm")
        told = [name for name in s3._S3_CHECKSUM_HEADERS if headers.get(f"x-amz-checksum-{name}")]
        if wanted and told and wanted.lower() not in told:
            text = f"Checksum Type mismatch occurred, expected checksum Type: {wanted.lower()}, actual checksum Type: {told[0]}"
            return s3._error("InvalidRequest", text, 400)
        return upload_plain(bucket_name, key, body, query_params, headers)

    return upload_part


def with_whole(complete_plain, composite_plain):
    """CompleteMultipartUpload: a CRC64NVME is one of the whole object, and not one of its parts' checksums."""
    under_way = []

    def checksum_of(algorithm, part_checksums):
        if algorithm != WHOLE:
            return composite_plain(algorithm, part_checksums)
        wanted = list(part_checksums)
        crc = 0
        for _, part in sorted(under_way[-1]["parts"].items()):
            if wanted and part["checksums"].get(WHOLE) == wanted[0]:
                wanted.pop(0)
                crc = checksums.crc64nvme(part["body"], crc)
        return s3.base64.b64encode(crc.to_bytes(8, "big")).decode()

    def complete(bucket_name, key, body, query_params, headers=None):
        under_way.append(s3._multipart_uploads.get(s3._qp(query_params, "uploadId")))
        try:
            return complete_plain(bucket_name, key, body, query_params, headers)
        finally:
            under_way.pop()

    return complete, checksum_of


def with_type(headers_plain):
    """What is told of an object: the type of a CRC64NVME."""

    def headers_of(*args, **options):
        headers = headers_plain(*args, **options)
        if f"x-amz-checksum-{WHOLE.lower()}" in headers:
            headers["x-amz-checksum-type"] = "FULL_OBJECT"
        return headers

    return headers_of


def with_content(context_plain):
    """The key that a policy may refuse unsigned payloads by."""

    def context(iam_action, query_params, path, headers):
        found = context_plain(iam_action, query_params, path, headers)
        signed = headers.get("x-amz-content-sha256")
        return {**found, "s3:x-amz-content-sha256": signed} if signed else found

    return context
