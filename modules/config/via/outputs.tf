output "via" {
  description = "The proxy or jump host: `access` (what the function's role needs for its secrets) and `config` (what the function reads)."
  value = {
    access = flatten([for secret in module.secret : secret.secret.access])
    config = merge(
      { host = local.host, host_keys = var.via.host_keys, port = local.port, type = var.via.type, username = var.via.username },
      { for field, keys in { host_ca_keys = var.via.host_ca_keys } : field => keys if length(keys) > 0 },
      { for field in ["certificate", "passphrase", "password", "private_key"] : field => one([for given, secret in module.secret : secret.secret.config if given == field]) },
    )
  }
}
