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
  description = "Whether the secret may be an object in S3. Only private keys and certificates may."
  nullable    = false
}

variable "secret" {
  type = object({
    bucket_kms_key_arn = optional(string)
    bucket_owner       = optional(string)
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
    - `bucket_owner`: the account that its bucket has to belong to.
  EOT
  nullable    = false

  validation {
    condition     = alltrue([for key in keys(var.given) : contains(keys(var.secret), key) && !contains(local.not_allowed, key)])
    error_message = "${var.label}: unknown key ${join(", ", [for key in keys(var.given) : key if !contains(keys(var.secret), key) || contains(local.not_allowed, key)])}. Known keys: ${join(", ", [for key in keys(var.secret) : key if !contains(local.not_allowed, key)])}."
  }

  # Terraform prints the value of each attribute that a condition names, and somebody may have pasted the secret itself. So
  # conditions go over the whole object, of which only the number of attributes is printed, and no message repeats a value.
  validation {
    condition = 1 == length([
      for field, value in var.secret : field if(field == "s3" || field == "secret_arn" || field == "ssm_parameter") && value != null
    ])
    error_message = "${var.label}: give exactly one of ${join(", ", [for place in ["s3", "secret_arn", "ssm_parameter"] : place if !contains(local.not_allowed, place)])}. A secret is read from one place."
  }

  validation {
    condition = alltrue([
      for field, value in var.secret : value == null || can(regex(local.patterns.secret_arn, value)) if field == "secret_arn"
    ])
    error_message = "${var.label}.secret_arn: what is given is not the ARN of a Secrets Manager secret (it isn't shown, as it may be the secret itself). Give the whole ARN (arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-xxxxxx), for example aws_secretsmanager_secret.this.arn; the value itself never goes into the configuration."
  }

  validation {
    condition = alltrue([
      for field, value in var.secret : value == null || can(regex(local.patterns.parameter, value)) if field == "ssm_parameter"
    ])
    error_message = "${var.label}.ssm_parameter: what is given is neither a parameter name (/sftp/acme, letters, digits and . - _ /) nor the ARN of a parameter (arn:aws:ssm:REGION:ACCOUNT:parameter/NAME). It isn't shown, as it may be the secret itself, which never goes into the configuration."
  }

  validation {
    condition = alltrue([
      for field, value in var.secret : value == null || (can(regex(local.patterns.object, value)) && !can(regex("^(s3:|arn:)", value))) if field == "s3"
    ])
    error_message = "${var.label}.s3: what is given does not name an object (it isn't shown, as it may be the secret itself). Write bucket/key, without s3:// and without * or ?, e.g. \"our-keys/sftp/acme\"."
  }

  validation {
    condition = alltrue([for field, value in var.secret : value != "" if field == "json_key"]) && 2 > length([
      for field, value in var.secret : field if(field == "json_key" || field == "s3") && value != null
    ])
    error_message = "${var.label}.json_key: it names a field of a JSON secret or parameter, so it can't be empty and does not go with s3. Leave it out where the whole value is the secret."
  }

  validation {
    condition     = length(var.secret.encryption_context) == 0 || var.secret.s3 != null
    error_message = "${var.label}.encryption_context: it belongs to a client-side encrypted object, so it needs s3. Secrets Manager and Systems Manager keep their own."
  }

  validation {
    condition = alltrue([
      for field, value in var.secret : value == null || can(regex(local.patterns.key_arn, value)) if field == "kms_key_arn"
    ])
    error_message = "${var.label}.kms_key_arn: what is given is not the ARN of a KMS key. Give arn:aws:kms:REGION:ACCOUNT:key/ID; a policy can't name an alias."
  }

  validation {
    condition = alltrue([
      for field, value in var.secret : value == null || can(regex(local.patterns.key_arn, value)) if field == "bucket_kms_key_arn"
      ]) && "bucket_kms_key_arn" != join(" ", [
      for field, value in var.secret : field if(field == "bucket_kms_key_arn" || field == "s3") && value != null
    ])
    error_message = "${var.label}.bucket_kms_key_arn: it has to be the ARN of the KMS key of the bucket in s3 (arn:aws:kms:REGION:ACCOUNT:key/ID). A secret in another place has kms_key_arn alone."
  }

  validation {
    condition = alltrue([
      for field, value in var.secret : value == null || can(regex("^[0-9]{12}$", value)) if field == "bucket_owner"
      ]) && "bucket_owner" != join(" ", [
      for field, value in var.secret : field if(field == "bucket_owner" || field == "s3") && value != null
    ])
    error_message = "${var.label}.bucket_owner: it has to be the account that owns the bucket in s3, as 12 digits in a string, e.g. \"012345678901\". A secret in another place has none."
  }
}
