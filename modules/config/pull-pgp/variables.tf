variable "given" {
  type        = any
  description = "The field as the user wrote it. Only its keys are read: a typed variable drops unknown ones silently."
}

variable "pgp" {
  type = object({
    decrypt_with      = optional(any, [])
    max_bytes         = optional(number, 10737418240)
    max_ratio         = optional(number, 200)
    passphrase        = optional(any)
    require_signature = optional(bool)
    strip_suffix      = optional(string, ".pgp")
    verify_from       = optional(any, [])
  })
  description = <<-EOT
    What files are decrypted with once they are fetched (OpenPGP):
    - `decrypt_with`, `passphrase`: our private keys, each as a secret, and what opens them.
    - `verify_from`: public keys of who may have signed. `require_signature`: a file without a good signature by one of them is given up.
    - `max_bytes`, `max_ratio`: how many bytes may come out of a file, and how many times as many as went in.
    - `strip_suffix`: what names at the partner end with, and those in S3 don't.
  EOT
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.given), keys(var.pgp))) == 0
    error_message = "Stream ${var.stream}, pull.pgp: unknown key ${join(", ", setsubtract(keys(var.given), keys(var.pgp)))}. Known keys: ${join(", ", keys(var.pgp))}."
  }

  # Over the whole object, and without a value in any message: Terraform prints the attributes that a condition names, and
  # somebody may have pasted a key.
  validation {
    condition     = alltrue([for field, value in var.pgp : field != "decrypt_with" || try(length(value) > 0 && alltrue([for key in value : can(keys(key))]), false)])
    error_message = "Stream ${var.stream}, pull.pgp.decrypt_with: it is a list of at least one private key of ours, each as { secret_arn = … }, { ssm_parameter = … } or { s3 = \"bucket/key\" }; several while it changes. The key itself never goes into the configuration: take it out, and make another one if others could read it there."
  }

  validation {
    condition     = alltrue([for field, value in var.pgp : field != "verify_from" || try(alltrue([for key in value : can(keys(key))]), false)])
    error_message = "Stream ${var.stream}, pull.pgp.verify_from: it is a list of public keys of the partner's, each as { secret_arn = … }, { ssm_parameter = … } or { s3 = \"bucket/key\" }; several while it changes."
  }

  validation {
    condition     = alltrue([for field, value in var.pgp : field != "passphrase" || value == null || can(keys(value))])
    error_message = "Stream ${var.stream}, pull.pgp: passphrase says where a secret is kept, as { secret_arn = … } or { ssm_parameter = … }. The secret itself never goes into the configuration: take it out, and change it if others could read it there."
  }

  validation {
    condition     = 0 < sum([for field, value in var.pgp : field == "require_signature" ? (value == null ? 1 : value ? 0 : 1) : field == "verify_from" ? try(length(value), 0) : 0])
    error_message = "Stream ${var.stream}, pull.pgp.require_signature: nobody's signature would be good, since verify_from names nobody. Give the partner's public key there; without it anybody who has our public key can send files as if they were the partner's."
  }

  validation {
    condition     = length(var.pgp.strip_suffix) <= 32 && !can(regex("[/\\\\[:cntrl:]]", var.pgp.strip_suffix))
    error_message = "Stream ${var.stream}, pull.pgp.strip_suffix: ${jsonencode(var.pgp.strip_suffix)} can't be the end of a name. Give up to 32 characters without a slash, e.g. \".gpg\", or \"\" where names stay as they are."
  }
}

variable "stream" {
  type        = string
  description = "Name of the stream, for error messages."
  nullable    = false
}
