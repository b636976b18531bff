variable "given" {
  type        = any
  description = "The secret as the user wrote it. Only its keys are read: a typed variable drops unknown ones silently."
}

variable "label" {
  type        = string
  description = "What error messages begin with, e.g. `Stream acme, sftp.password`."
  nullable    = false
}

variable "s3_allowed" {
  type        = bool
  description = "Whether the secret may be an object in S3. Only private keys may."
  nullable    = false
}

variable "secret" {
  type = object({
    bucket_kms_key_arn = optional(string)
    encryption_context = optional(map(string), {})
    json_key           = optional(string)
    kms_key_arn        = optional(string)
    s3                 = optional(string)
    secret_arn         = optional(string)
    ssm_parameter      = optional(string)
  })
  description = <<-EOT
    Where a secret is kept. Exactly one of:
    - `secret_arn`: ARN of a Secrets Manager secret.
    - `ssm_parameter`: name or ARN of a Systems Manager parameter.
    - `s3`: `bucket/key` of an object, which may be client-side encrypted (private keys only).

    And, where needed:
    - `json_key`: the field to take, where the value is a JSON object.
    - `encryption_context`: KMS encryption context of a client-side encrypted object.
    - `kms_key_arn`: the customer-managed KMS key that encrypts it.
    - `bucket_kms_key_arn`: the key that its bucket encrypts it with, where that is another one.
  EOT
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.given), setsubtract(keys(var.secret), local.not_allowed))) == 0
    error_message = "${var.label}: unknown key ${join(", ", setsubtract(keys(var.given), setsubtract(keys(var.secret), local.not_allowed)))}. Known keys: ${join(", ", setsubtract(keys(var.secret), local.not_allowed))}."
  }

  validation {
    condition = 1 == sum([
      for place in [var.secret.secret_arn, var.secret.ssm_parameter, var.secret.s3] : place == null ? 0 : 1
    ])
    error_message = "${var.label}: give exactly one of ${join(", ", setsubtract(["s3", "secret_arn", "ssm_parameter"], local.not_allowed))}. A secret is read from one place."
  }

  validation {
    condition     = var.secret.secret_arn == null || can(regex(local.secret_arn_pattern, var.secret.secret_arn))
    error_message = "${var.label}.secret_arn: \"${coalesce(var.secret.secret_arn, "-")}\" is not the ARN of a Secrets Manager secret. Give the whole ARN (arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-xxxxxx), for example aws_secretsmanager_secret.this.arn; the value itself never goes into the configuration."
  }

  validation {
    condition     = var.secret.ssm_parameter == null || can(regex(local.parameter_pattern, var.secret.ssm_parameter))
    error_message = "${var.label}.ssm_parameter: \"${coalesce(var.secret.ssm_parameter, "-")}\" is neither a parameter name (/sftp/acme, letters, digits and . - _ /) nor the ARN of a parameter (arn:aws:ssm:REGION:ACCOUNT:parameter/NAME)."
  }

  validation {
    condition     = var.secret.s3 == null || (can(regex(local.object_pattern, var.secret.s3)) && !can(regex("^(s3:|arn:)", var.secret.s3)))
    error_message = "${var.label}.s3: \"${coalesce(var.secret.s3, "-")}\" does not name an object. Write bucket/key, without s3:// and without * or ?, e.g. \"our-keys/sftp/acme\"."
  }

  validation {
    condition     = var.secret.json_key == null || (var.secret.json_key != "" && var.secret.s3 == null)
    error_message = "${var.label}.json_key: it names a field of a JSON secret or parameter, so it can't be empty and does not go with s3. Leave it out where the whole value is the secret."
  }

  validation {
    condition     = length(var.secret.encryption_context) == 0 || var.secret.s3 != null
    error_message = "${var.label}.encryption_context: it belongs to a client-side encrypted object, so it needs s3. Secrets Manager and Systems Manager keep their own."
  }

  validation {
    condition     = var.secret.kms_key_arn == null || can(regex(local.key_arn_pattern, var.secret.kms_key_arn))
    error_message = "${var.label}.kms_key_arn: \"${coalesce(var.secret.kms_key_arn, "-")}\" is not the ARN of a KMS key. Give arn:aws:kms:REGION:ACCOUNT:key/ID; a policy can't name an alias."
  }

  validation {
    condition     = var.secret.bucket_kms_key_arn == null || (var.secret.s3 != null && can(regex(local.key_arn_pattern, var.secret.bucket_kms_key_arn)))
    error_message = "${var.label}.bucket_kms_key_arn: \"${coalesce(var.secret.bucket_kms_key_arn, "-")}\" has to be the ARN of the KMS key of the bucket in s3 (arn:aws:kms:REGION:ACCOUNT:key/ID). A secret in another place has kms_key_arn alone."
  }
}
