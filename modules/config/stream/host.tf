# One partner has one name, however its host is written: in lower case, without the dot at the end of a name, without brackets,
# and IPv6 as short as it goes (cidrhost writes it so). What else is in the module compares hosts as texts.
locals {
  host = [
    for bare in [replace(lower(var.sftp.host), "/^\\[(.*:.*)\\]$/", "$1")] :
    strcontains(bare, ":") ? try(cidrhost("${bare}/128", 0), bare) : trimsuffix(bare, ".")
  ][0]
}
