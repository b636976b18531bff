"""KMS asked for what a customer-managed key encrypts: objects, a table's items, a queue's messages.

ministack encrypts nothing, and so asks nobody. On AWS whoever reads or writes needs the key as well, through the service:
docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html (kms:Decrypt, kms:GenerateDataKey),
docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.howitworks.html (kms:Decrypt),
docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html.
"""

from ministack.core import iam_evaluator
from ministack.core.responses import request_scope
from ministack.services import dynamodb, kms, s3, sqs

S3_KEY = "x-amz-server-side-encryption-aws-kms-key-id"
READS = {"s3:GetObject", "s3:GetObjectVersion"}


def key_of_object(action, resource):
    bucket_name, _, key = resource.removeprefix("arn:aws:s3:::").partition("/")
    owner = s3._bucket_owner_account(bucket_name)
    bucket = s3._buckets.get_scoped(owner, None, bucket_name) if owner else None
    if bucket is None:
        return None
    if action in READS:
        found = bucket["objects"].get(key)
        return found["preserved_headers"].get(S3_KEY) if found else None
    raw = s3._bucket_encryption.get_scoped(owner, None, bucket_name)
    return s3.fromstring(raw).findtext(".//{*}KMSMasterKeyID") if raw else None


def key_of_table(resource):
    name = resource.split(":table/")[-1].split("/")[0]
    table = dynamodb._tables.get(name)
    return ((table or {}).get("SSEDescription") or {}).get("KMSMasterKeyArn")


def key_of_queue(resource):
    for _, queue in sqs._queues.all_items():
        if queue["attributes"].get("QueueArn") == resource:
            return queue["attributes"].get("KmsMasterKeyId")
    return None


def needed(action, service, resource):
    """The key that the request needs, and what it needs of it."""
    if service == "s3" and action in READS:
        return key_of_object(action, resource), ["kms:Decrypt"]
    if action == "s3:PutObject":
        return key_of_object(action, resource), ["kms:GenerateDataKey"]
    if service == "dynamodb" and ":table/" in resource:
        return key_of_table(resource), ["kms:Decrypt"]
    if action == "sqs:ReceiveMessage":
        return key_of_queue(resource), ["kms:Decrypt"]
    if action == "sqs:SendMessage":
        return key_of_queue(resource), ["kms:Decrypt", "kms:GenerateDataKey"]
    return None, []


def policy_of_any_key(policy_plain):
    """A key of another account or region has a policy, too: ministack looks for it in the caller's own.

    docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html
    """

    def policy(resource):
        parts = resource.split(":")
        if len(parts) < 6:
            return policy_plain(resource)
        with request_scope(parts[4], parts[3]):
            return policy_plain(resource)

    return policy


def ask_for_keys():
    kms.key_policy_for_arn = policy_of_any_key(kms.key_policy_for_arn)
    enforce_plain = iam_evaluator.enforce

    def enforce(access_key_id, action, service, region, resource_arn="*", service_context=None):
        denied = enforce_plain(access_key_id, action, service, region, resource_arn, service_context)
        if denied:
            return denied
        key, actions = needed(action, service, resource_arn)
        # AWS's own keys (alias/aws/…) are for everybody in the account.
        if key is None or ":key/" not in key:
            return None
        for one in actions:
            via = {"kms:ViaService": f"{service}.{key.split(':')[3]}.amazonaws.com"}
            denied = enforce_plain(access_key_id, one, "kms", region, key, via)
            if denied:
                return denied
        return None

    iam_evaluator.enforce = enforce
