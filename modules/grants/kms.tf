# Grants on the customer-managed keys of this account that streams name: a key whose policy doesn't leave the account's roles to
# IAM admits the function's role by a grant, or by its policy. A key of another account takes a statement in its policy.
# https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
locals {
  # By the stream's names, which the plan knows; the key may be made in the same apply.
  key_uses = merge(flatten([
    for name, stream in var.streams : concat(
      [
        for side, use in {
          pull = { key = stream.access.pull_kms_key_arn, operations = ["Decrypt", "GenerateDataKey"] }
          push = { key = stream.access.push_kms_key_arn, operations = ["Decrypt"] }
          } : {
          # S3's context is the object's ARN or, with a bucket key, the bucket's: which of them, only the bucket's owner knows.
          # https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#encryption-context
          "${name}/${side}" = merge(use, { context = {} })
        } if stream.config[side] != null
      ],
      [
        for i, secret in stream.access.secrets : {
          "${name}/secret-${i}" = {
            key        = secret.kms_key_arn
            operations = ["Decrypt"]
            # https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html, docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
            context = merge(
              # Only the whole ARN is the context's: one that may lack its suffix can't constrain.
              secret.secret_arn == null ? {} : { for arn in [secret.secret_arn] : "SecretARN" => arn if can(regex("-[A-Za-z0-9]{6}$", arn)) && !can(regex("-[A-Za-z0-9][a-z0-9]{5}$", arn)) },
              secret.ssm_parameter == null ? {} : {
                PARAMETER_ARN = startswith(secret.ssm_parameter, "arn:") ? secret.ssm_parameter : "arn:${local.partition}:ssm:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}:parameter/${trimprefix(secret.ssm_parameter, "/")}"
              },
            )
          }
        }
      ],
    )
  ])...)

  # Which keys are ours has to be known in the plan, also where an ARN isn't: a key that is made in the same apply counts as one
  # of this account. What startswith says of a text that begins with `key: ` is known, whatever follows; no match and null are errors.
  own_keys = {
    for name, use in local.key_uses : name => use
    if try(startswith("key: ${regex("^arn:[^:]*:kms:[^:]*:${data.aws_caller_identity.current.account_id}:.*$", use.key)}", "key"), false)
  }

  # Each grant is read with all others of its key, so that hundreds take minutes.
  most_by_default = 100
  make_grants     = var.kms_grants == null ? length(local.own_keys) <= local.most_by_default : var.kms_grants
}

resource "aws_kms_grant" "this" {
  for_each = { for name in keys(local.own_keys) : name => name if local.make_grants }

  name              = "${var.name}-${sha1(each.key)}"
  key_id            = local.own_keys[each.key].key
  grantee_principal = var.role_arn
  # A grant is made where its key is: a bucket in another region has its key there.
  region     = split(":", local.own_keys[each.key].key)[3]
  operations = local.own_keys[each.key].operations

  dynamic "constraints" {
    for_each = length(local.own_keys[each.key].context) > 0 ? [local.own_keys[each.key].context] : []

    content {
      encryption_context_subset = constraints.value
    }
  }
}

check "grants" {
  assert {
    condition     = var.kms_grants != null || length(local.own_keys) <= local.most_by_default
    error_message = "The streams name KMS keys of this account ${length(local.own_keys)} times, and more than ${local.most_by_default} grants aren't made by default. Where the keys' policies leave the account's roles to IAM nothing is missing: say so with kms_grants = false. Else add the output stream_key_statements to the keys' policies, or set kms_grants = true."
  }
}
