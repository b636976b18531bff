output "pgp" {
  description = "What files are encrypted with: `access` (what the function's role needs for its keys) and `config` (what the function reads)."
  value = {
    access = flatten([for secret in module.secret : secret.secret.access])
    config = {
      armor      = var.pgp.armor
      encrypt_to = [for number, value in var.pgp.encrypt_to : module.secret["encrypt_to[${number}]"].secret.config]
      passphrase = one([for field, secret in module.secret : secret.secret.config if field == "passphrase"])
      sign_with  = one([for field, secret in module.secret : secret.secret.config if field == "sign_with"])
      suffix     = var.pgp.suffix == null ? (var.pgp.armor ? ".asc" : ".pgp") : var.pgp.suffix
    }
  }
}
