# One partner has one name, however its host is written: in lower case, without the dot at the end of a name, without brackets,
# and IPv6 as short as it goes (cidrhost writes it so). What else is in the module compares hosts as texts.
locals {
  bare_host = replace(lower(var.sftp.host), "/^\\[(.*:.*)\\]$/", "$1")
  host      = strcontains(local.bare_host, ":") ? try(cidrhost("${local.bare_host}/128", 0), local.bare_host) : trimsuffix(local.bare_host, ".")
}
