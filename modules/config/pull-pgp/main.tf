locals {
  # By field, and in a list by number, so that `for_each` goes over keys that are known at plan time.
  secrets = merge(
    { for field, value in { passphrase = var.pgp.passphrase } : field => value if value != null },
    { for number, value in var.pgp.decrypt_with : "decrypt_with[${number}]" => value },
    { for number, value in var.pgp.verify_from : "verify_from[${number}]" => value },
  )
}

module "secret" {
  for_each = local.secrets
  source   = "../secret"

  given      = each.value
  label      = "Stream ${var.stream}, pull.pgp.${each.key}"
  s3_allowed = each.key != "passphrase"
  secret     = each.value
}
