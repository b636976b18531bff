# What the streams need, as three managed policies: pushes, pulls, secrets. Each names every place by itself while that
# fits, and else in the next wider form (see arns/); policies.tf has the texts.
locals {
  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
  policy_limit = 6144

  dns_suffix = data.aws_partition.current.dns_suffix

  pushes  = [for stream in values(var.streams) : { access = stream.access, place = stream.config.push } if stream.config.push != null]
  pulls   = [for stream in values(var.streams) : { access = stream.access, place = stream.config.pull } if stream.config.pull != null]
  secrets = flatten(values(var.streams)[*].access.secrets)

  # Named by the stream, and in the module's own bucket the module's own key as well.
  own_key   = var.kms_key == null ? [] : [var.kms_key.arn]
  push_keys = distinct(compact(concat(local.pushes[*].access.push_kms_key_arn, anytrue([for push in local.pushes : push.place.bucket == var.bucket_name]) ? local.own_key : [])))
  pull_keys = distinct(compact(concat(local.pulls[*].access.pull_kms_key_arn, anytrue([for pull in local.pulls : pull.place.bucket == var.bucket_name]) ? local.own_key : [])))

  report_keys = distinct(compact(flatten([
    for report in var.reports[*] : concat([report.kms_key_arn], report.bucket == var.bucket_name ? local.own_key : [])
  ])))

  # Policies hold no characters beyond Latin-1; a wildcard stands for what is not ASCII.
  # https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
  not_ascii = "/[^ -~]+/"

  pull_acl_objects = distinct([
    for pull in local.pulls : replace("arn:${local.partition}:s3:::${pull.place.bucket}/${pull.place.prefix}*", local.not_ascii, "*") if pull.place.acl != null
  ])

  # Gates: the functions that are asked, and the objects whose tags are.
  gates          = [for push in local.pushes : { gate = push.place.gate, place = push.place } if push.place.gate != null]
  gate_functions = distinct(compact([for gated in local.gates : gated.gate.function_arn]))
  gate_objects = distinct([
    for gated in local.gates : replace("arn:${local.partition}:s3:::${gated.place.bucket}/${gated.place.prefix}*", local.not_ascii, "*") if gated.gate.guardduty != null
  ])

  pull_gates          = [for pull in local.pulls : pull.place.gate if pull.place.gate != null]
  pull_gate_functions = distinct(compact(local.pull_gates[*].function_arn))

  private_key_objects = distinct([for secret in local.secrets : replace("arn:${local.partition}:s3:::${secret.s3}", local.not_ascii, "*") if secret.s3 != null])
  secret_keys = {
    # A private key in S3 may be encrypted by S3 or by the client, who asks KMS itself; its bucket's own key is asked by S3.
    client         = distinct(compact([for secret in local.secrets : secret.kms_key_arn if secret.s3 != null && !secret.through_s3]))
    s3             = distinct(compact([for secret in local.secrets : secret.kms_key_arn if secret.through_s3]))
    secretsmanager = distinct(compact([for secret in local.secrets : secret.kms_key_arn if secret.secret_arn != null]))
    ssm            = distinct(compact([for secret in local.secrets : secret.kms_key_arn if secret.ssm_parameter != null]))
  }

  # Keys and conditions are known at plan time, whatever the ARNs are.
  access = {
    for kind, access in {
      pull = {
        description = "What the bridge ${var.name} needs for its pulls."
        needed      = length(local.pulls) > 0
        remedy      = "Let the pulls share buckets, with a prefix each, or give their buckets names that begin alike; let buckets share a KMS key."
      }
      push = {
        description = "What the bridge ${var.name} needs for its pushes."
        needed      = length(local.pushes) > 0
        remedy      = "Let the pushes share buckets, with a prefix each, or give their buckets names that begin alike; let buckets share a KMS key."
      }
      secrets = {
        description = "What the bridge ${var.name} needs to read the secrets of its streams."
        needed      = length(var.streams) > 0
        remedy      = "Give the secrets names that begin alike (e.g. sftp/…), or keep several in one JSON secret and choose by json_key; let them share a KMS key."
      }
    } : kind => access if access.needed
  }

  candidates = { pull = local.pull_policies, push = local.push_policies, secrets = local.secrets_policies }
  fitting = {
    for kind, policies in local.candidates : kind => [for policy in policies : policy if length(policy) <= local.policy_limit]
  }
}

# By what they are of, each from exact to wide.
module "arns" {
  source = "./arns"
  for_each = {
    pull = [for pull in local.pulls : replace("arn:${local.partition}:s3:::${pull.place.bucket}/${pull.place.prefix}*", local.not_ascii, "*")]
    push = [for push in local.pushes : replace("arn:${local.partition}:s3:::${push.place.bucket}/${push.place.prefix}*", local.not_ascii, "*")]

    # IAM compares with the whole ARN, which ends in six characters that Secrets Manager chose. A name that was given without them
    # may end like them by itself (`…-secret`): then both are meant.
    # https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
    secrets = flatten([
      for secret in local.secrets : concat(
        can(regex("-[A-Za-z0-9]{6}$", secret.secret_arn)) ? [secret.secret_arn] : [],
        can(regex("-[A-Za-z0-9]{6}$", secret.secret_arn)) && !can(regex("-[A-Za-z0-9][a-z0-9]{5}$", secret.secret_arn)) ? [] : ["${secret.secret_arn}-??????"],
      )
      if secret.secret_arn != null
    ])

    parameters = [
      for secret in local.secrets : startswith(secret.ssm_parameter, "arn:") ? secret.ssm_parameter : "arn:${local.partition}:ssm:${local.region}:${local.account_id}:parameter/${trimprefix(secret.ssm_parameter, "/")}"
      if secret.ssm_parameter != null
    ]
  }

  arns = each.value
}

resource "aws_iam_policy" "streams" {
  for_each = local.access

  name        = "${aws_iam_role.this.name}-${each.key}"
  description = each.value.description
  path        = var.role_path
  policy      = local.fitting[each.key][0]
  tags        = var.tags

  lifecycle {
    precondition {
      condition     = length(local.fitting[each.key]) > 0
      error_message = "The ${length(var.streams)} streams name more places than the role's policy \"${each.key}\" can hold (${local.policy_limit} characters), also in its widest form. ${each.value.remedy}"
    }
  }
}

resource "aws_iam_role_policy_attachment" "streams" {
  for_each = local.access

  role       = aws_iam_role.this.name
  policy_arn = aws_iam_policy.streams[each.key].arn
}

locals {
  # A single place has nothing in common with another: its policy names it, or doesn't fit. So a bridge of one stream knows in the
  # plan that nothing is widened, whether or not the names are known. With several, unknown names leave it open until the apply.
  places = { pull = length(local.pulls), push = length(local.pushes), secrets = length(local.secrets) }

  widened = concat(
    [
      for kind, texts in local.fitting : "${kind}: the role's policy names places by what they have in common. Exactly, it would take ${length(local.candidates[kind][0])} characters of ${local.policy_limit}. ${local.access[kind].remedy}"
      if local.places[kind] < 2 ? false : length(texts) > 0 && try(texts[0], "") != local.candidates[kind][0]
    ],
    local.names_push_rules ? [] : [
      "queue: ${length(local.push_rules)} push rules are too many to be named in the queues' policies (${local.queue_policy_limit} bytes), so any rule whose name begins with ${var.name}-push- may send there. Let streams share rules' places by include patterns, or make two bridges of the streams."
    ],
  )
}
