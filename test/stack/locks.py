"""Object Lock as S3 has it, where ministack is kinder: what is put has to carry a checksum, and the bucket's default
retention holds for uploads in parts as well.

docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html ("Content-MD5 or x-amz-sdk-checksum-algorithm is required"),
docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html.
"""

from ministack.services import s3


def refusal(bucket, key, headers):
    lock = s3._bucket_object_lock.get(bucket)
    if not (lock and lock.get("default_retention")):
        return None
    if "content-md5" in headers or any(name.startswith("x-amz-checksum-") for name in headers):
        return None
    message = "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters"
    return s3._error("InvalidRequest", message, 400, f"/{bucket}/{key}")


def lock_as_s3_does():
    put_plain, part_plain, complete_plain = s3._put_object, s3._upload_part, s3._complete_multipart_upload

    def put(bucket, key, body, headers):
        return refusal(bucket, key, headers) or put_plain(bucket, key, body, headers)

    def part(bucket, key, body, query, headers):
        return refusal(bucket, key, headers) or part_plain(bucket, key, body, query, headers)

    def complete(bucket, key, body, query, headers=None):
        answer = complete_plain(bucket, key, body, query, headers)
        made = (s3._buckets.get(bucket) or {"objects": {}})["objects"].get(key)
        if answer[0] == 200 and made:
            s3._apply_object_lock_from_headers(bucket, key, {}, made.get("version_id"))
        return answer

    s3._put_object, s3._upload_part, s3._complete_multipart_upload = put, part, complete
