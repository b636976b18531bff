locals {
  # By field, and in a list by number, so that `for_each` goes over keys that are known at plan time.
  secrets = merge(
    { for field, value in { passphrase = var.pgp.passphrase, sign_with = var.pgp.sign_with } : field => value if value != null },
    { for number, value in var.pgp.encrypt_to : "encrypt_to[${number}]" => value },
  )
}

module "secret" {
  for_each = local.secrets
  source   = "../secret"

  given      = each.value
  label      = "Stream ${var.stream}, push.pgp.${each.key}"
  s3_allowed = each.key != "passphrase"
  secret     = each.value
}
