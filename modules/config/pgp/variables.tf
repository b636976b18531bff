variable "given" {
  type        = any
  description = "The field as the user wrote it. Only its keys are read: a typed variable drops unknown ones silently."
}

variable "pgp" {
  type = object({
    armor      = optional(bool, false)
    encrypt_to = optional(any, [])
    passphrase = optional(any)
    sign_with  = optional(any)
    suffix     = optional(string)
  })
  description = <<-EOT
    What objects are encrypted with before they are sent (OpenPGP):
    - `encrypt_to`: the partner's public keys, each as a secret (`{ secret_arn = … }`, `{ ssm_parameter = … }` or `{ s3 = … }`).
    - `sign_with`, `passphrase`: our private key, and what opens it.
    - `armor`: text instead of bytes.
    - `suffix`: what names at the partner end with.
  EOT
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.given), keys(var.pgp))) == 0
    error_message = "Stream ${var.stream}, push.pgp: unknown key ${join(", ", setsubtract(keys(var.given), keys(var.pgp)))}. Known keys: ${join(", ", keys(var.pgp))}."
  }

  # Over the whole object, and without a value in any message: Terraform prints the attributes that a condition names, and
  # somebody may have pasted a key.
  validation {
    condition     = alltrue([for field, value in var.pgp : field != "encrypt_to" || try(length(value) > 0 && alltrue([for key in value : can(keys(key))]), false)])
    error_message = "Stream ${var.stream}, push.pgp.encrypt_to: it is a list of at least one public key of the partner's, each as { secret_arn = … }, { ssm_parameter = … } or { s3 = \"bucket/key\" }; several while it changes. The key itself never goes into the configuration."
  }

  validation {
    condition     = alltrue([for field, value in var.pgp : !contains(["passphrase", "sign_with"], field) || value == null || can(keys(value))])
    error_message = "Stream ${var.stream}, push.pgp: sign_with and passphrase say where a secret is kept, each as { secret_arn = … } or { ssm_parameter = … }. The secret itself never goes into the configuration: take it out, and change it if others could read it there."
  }

  validation {
    condition     = 0 <= sum([for field, value in var.pgp : value == null ? 0 : lookup({ passphrase = -1, sign_with = 1 }, field, 0)])
    error_message = "Stream ${var.stream}, push.pgp.passphrase: it opens the private key of sign_with, and there is none. Give sign_with, or leave it out."
  }

  validation {
    condition     = var.pgp.suffix == null ? true : length(var.pgp.suffix) <= 32 && !can(regex("[/\\\\[:cntrl:]]", var.pgp.suffix))
    error_message = "Stream ${var.stream}, push.pgp.suffix: ${jsonencode(var.pgp.suffix)} can't be the end of a name. Give up to 32 characters without a slash, e.g. \".gpg\", or \"\" where names stay as they are."
  }
}

variable "stream" {
  type        = string
  description = "Name of the stream, for error messages."
  nullable    = false
}
