# One partner has one name, however its host is written: in lower case, without the dot at the end of a name, without brackets,
# and IPv6 as short as it goes (cidrhost writes it so). What else is in the module compares hosts as texts.
locals {
  lower_host = lower(var.sftp.host)
  bare_host  = try(regex("^\\[(.*:.*)\\]$", local.lower_host)[0], local.lower_host)
  host       = strcontains(local.bare_host, ":") ? try(cidrhost("${local.bare_host}/128", 0), local.bare_host) : trimsuffix(local.bare_host, ".")
}
