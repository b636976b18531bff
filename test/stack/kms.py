"""KMS asked for what a customer-managed key encrypts: objects, a table's items, a queue's messages.

ministack encrypts nothing, and so asks nobody. On AWS whoever reads or writes needs the key as well, through the service:
docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html (kms:Decrypt, kms:GenerateDataKey),
docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.howitworks.html (kms:Decrypt),
docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html.
"""

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, request_scope
from ministack.services import dynamodb, kms, s3, secretsmanager, sqs, ssm

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


def key_of_secret(resource):
    # A stored ARN ends in a suffix that the request's resource may have as a wildcard or not at all.
    for name, secret in secretsmanager._secrets.items():
        if resource in (name, secret.get("ARN")):
            return secret.get("KmsKeyId"), secret.get("ARN")
    return None, resource


def key_of_parameter(resource):
    name = resource.split(":parameter", 1)[-1]
    found = ssm._parameters.get(name) or ssm._parameters.get(name.lstrip("/")) or {}
    return found.get("KeyId") if found.get("Type") == "SecureString" else None


def context_of(service, resource):
    """The encryption context that a service gives, which a grant may ask for.

    docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html (without a bucket key),
    docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html,
    docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
    """
    if service == "secretsmanager":
        return {"SecretARN": key_of_secret(resource)[1]}
    return {"s3": {"aws:s3:arn": resource}, "ssm": {"PARAMETER_ARN": resource}}.get(service, {})


def is_granted(access_key_id, key, action, context):
    """Does a grant let the caller in, whatever the key's policy says? ministack stores grants, and asks none.

    docs.aws.amazon.com/kms/latest/developerguide/grants.html
    """
    principal = iam_evaluator.resolve_principal(access_key_id or "", get_account_id())
    arn = getattr(principal, "arn", "")
    role = arn.split(":assumed-role/")[-1].split("/")[0] if ":assumed-role/" in arn else None
    parts = key.split(":")
    with request_scope(parts[4], parts[3]):
        grants = [grant for grant in kms._grants.values() if grant["KeyId"] == key]
    for grant in grants:
        grantee = grant["GranteePrincipal"]
        if grantee != arn and (role is None or grantee.split("/")[-1] != role):
            continue
        wanted = (grant["Constraints"] or {}).get("EncryptionContextSubset") or {}
        if action.removeprefix("kms:") in grant["Operations"] and wanted.items() <= context.items():
            return True
    return False


def needed(action, service, resource):
    """The key that the request needs, and what it needs of it."""
    if service == "s3" and action in READS:
        return key_of_object(action, resource), ["kms:Decrypt"]
    if action == "s3:PutObject":
        return key_of_object(action, resource), ["kms:GenerateDataKey"]
    if service == "dynamodb" and ":table/" in resource:
        return key_of_table(resource), ["kms:Decrypt"]
    if action == "secretsmanager:GetSecretValue":
        return key_of_secret(resource)[0], ["kms:Decrypt"]
    if action == "ssm:GetParameter":
        return key_of_parameter(resource), ["kms:Decrypt"]
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
        if denied and not (service == "kms" and ":key/" in resource_arn and is_granted(access_key_id, resource_arn, action, {})):
            return denied
        key, actions = needed(action, service, resource_arn)
        # AWS's own keys (alias/aws/…) are for everybody in the account.
        if key is None or ":key/" not in key:
            return None
        for one in actions:
            via = {"kms:ViaService": f"{service}.{key.split(':')[3]}.amazonaws.com"}
            denied = enforce_plain(access_key_id, one, "kms", region, key, via)
            if denied and not is_granted(access_key_id, key, one, context_of(service, resource_arn)):
                return denied
        return None

    iam_evaluator.enforce = enforce
