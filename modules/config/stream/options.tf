# What ssh2 takes in each of its connect options, so that a mistake shows in the plan and not at the partner.
# https://github.com/mscdex/ssh2#client-methods
locals {
  ssh2 = {
    # Connect options of ssh2 that a stream may set. Left out: what is a field of its own (host, port, username, password,
    # privateKey, passphrase, readyTimeout), what only code can give (agent, authHandler, debug, sock), and what would
    # weaken the check of the host key (hostVerifier, hostHash).
    # https://github.com/mscdex/ssh2#client-methods
    options = [
      "algorithms", "forceIPv4", "forceIPv6", "ident", "keepaliveCountMax", "keepaliveInterval", "localAddress",
      "localHostname", "localPort", "localUsername", "strictVendor", "tryKeyboard",
    ]

    algorithm_kinds  = ["cipher", "compress", "hmac", "kex", "serverHostKey"]
    algorithm_change = ["append", "prepend", "remove"]
    numbers          = { keepaliveCountMax = [0, 100], keepaliveInterval = [0, 600000], localPort = [0, 65535] }
    bools            = ["forceIPv4", "forceIPv6", "strictVendor", "tryKeyboard"]
    texts            = ["ident", "localAddress", "localHostname", "localUsername"]
  }

  option_algorithms = merge([for algorithms in [lookup(var.sftp.options, "algorithms", null)] : try({ for kind, names in algorithms : kind => names }, {}) if algorithms != null]...)
  # Each list of names in it, with where it stands: `cipher`, or `cipher.append`.
  algorithm_lists = flatten([
    for kind, value in local.option_algorithms : concat(
      [for names in [value] : { place = kind, names = try([for name in names : tostring(name)], [""]) } if !can(keys(names))],
      [for change in try(keys(value), []) : { place = "${kind}.${change}", names = try([for name in value[change] : tostring(name)], [tostring(value[change])], [""]) }],
    )
  ])
}
