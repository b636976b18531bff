# Streams of one partner share its connections, which have one setting each: where they differ, one stream's would hold for
# all, and another's pinned key would not be checked. Of time-outs the longest holds.
locals {
  streams_of = { for name, partner in local.partners : partner => name... }

  # By partner of several streams, the fields of sftp in which they differ. The order of pinned keys and of ranges says nothing.
  differences = {
    for partner, names in local.streams_of : partner => [
      for field in keys(local.streams[names[0]].config.sftp) : "sftp.${field}"
      if !contains(["connect_timeout_seconds", "host", "operation_timeout_seconds", "port", "username"], field) && length(distinct([
        for name in names : contains(["allowed_addresses", "host_ca_keys", "host_keys"], field) ? jsonencode(sort(distinct(coalesce(local.streams[name].config.sftp[field], [])))) : jsonencode(local.streams[name].config.sftp[field])
      ])) > 1
    ] if length(names) > 1
  }
}
