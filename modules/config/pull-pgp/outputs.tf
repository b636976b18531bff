output "pgp" {
  description = "What files are decrypted with: `access` (what the function's role needs for its keys) and `config` (what the function reads)."
  value = {
    access = flatten([for secret in module.secret : secret.secret.access])
    config = {
      decrypt_with = [for number, value in var.pgp.decrypt_with : module.secret["decrypt_with[${number}]"].secret.config]
      max_bytes    = var.pgp.max_bytes
      max_ratio    = var.pgp.max_ratio
      passphrase   = one([for field, secret in module.secret : secret.secret.config if field == "passphrase"])
      # Who names senders wants to know that it was them.
      require_signature = var.pgp.require_signature == null ? length(var.pgp.verify_from) > 0 : var.pgp.require_signature
      strip_suffix      = var.pgp.strip_suffix
      verify_from       = [for number, value in var.pgp.verify_from : module.secret["verify_from[${number}]"].secret.config]
    }
  }
}
