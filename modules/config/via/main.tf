locals {
  # By type.
  ports = { http = 3128, socks5 = 1080, ssh = 22 }

  # As in ../stream/host.tf: a host has one name, however it is written.
  host = [
    for bare in [replace(lower(var.via.host), "/^\\[(.*:.*)\\]$/", "$1")] :
    strcontains(bare, ":") ? try(cidrhost("${bare}/128", 0), bare) : trimsuffix(bare, ".")
  ][0]
  port = coalesce(var.via.port, lookup(local.ports, var.via.type, 22))

  # By name, so that `for_each` goes over keys that are known at plan time.
  secrets = {
    for field, value in {
      certificate = var.via.certificate
      passphrase  = var.via.passphrase
      password    = var.via.password
      private_key = var.via.private_key
    } : field => value if value != null
  }
}

module "secret" {
  for_each = local.secrets
  source   = "../secret"

  given      = each.value
  label      = "Stream ${var.stream}, sftp.via.${each.key}"
  s3_allowed = contains(["certificate", "private_key"], each.key)
  secret     = each.value
}
