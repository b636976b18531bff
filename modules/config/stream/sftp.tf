locals {
  patterns = [
    # [hosts] type key [comment]. The key begins with its own type, so that a type and a key that don't belong together show. Without
    # the hosts, and by type.
    for keys in [{
      dss = "ssh-dss\\s+AAAAB3NzaC1kc3M"
      rest = join("|", [
        "ssh-ed25519\\s+AAAAC3NzaC1lZDI1NTE5",
        "ssh-rsa\\s+AAAAB3NzaC1yc2E",
        "ecdsa-sha2-nistp256\\s+AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY",
        "ecdsa-sha2-nistp384\\s+AAAAE2VjZHNhLXNoYTItbmlzdHAzODQ",
        "ecdsa-sha2-nistp521\\s+AAAAE2VjZHNhLXNoYTItbmlzdHA1MjE",
      ])
      end = "[A-Za-z0-9+/]{20,}={0,2}(\\s.*)?$"
      }] : {
      # An authority's: alone, or as known_hosts has it. A host in front of it would make it a server's own.
      authority = "^(@cert-authority\\s+\\S+\\s+)?(${keys.rest})${keys.end}"
      # A fingerprint, or a server's line.
      host_key = "^SHA256:[A-Za-z0-9+/]{43}=?$|^([^@\\s]\\S*\\s+)?(${keys.rest}|${keys.dss})${keys.end}"
      # For messages: what can't be a host may be a URL with a password in it.
      no_host = "/(?s)^.*[^A-Za-z0-9_.:\\[\\]-].*$/"
      # Key material, public or not, has no place in a message.
      pasted_key = "/(?s)^.*(-----|[A-Za-z0-9+/=]{16}).*$/"
    }
  ][0]

  # By name, so that `for_each` goes over keys that are known at plan time.
  secrets = {
    for field, value in {
      certificate = var.sftp.certificate
      passphrase  = var.sftp.passphrase
      password    = var.sftp.password
      private_key = var.sftp.private_key
    } : field => value if value != null
  }
}

variable "sftp" {
  type = object({
    allowed_addresses         = optional(list(string))
    certificate               = optional(any)
    connect_timeout_seconds   = optional(number, 20)
    host                      = optional(string, "")
    host_ca_keys              = optional(list(string), [])
    host_keys                 = optional(list(string), [])
    insecure_ignore_host_key  = optional(bool, false)
    max_bytes_per_second      = optional(number)
    max_connections           = optional(number, 1)
    max_handles_per_file      = optional(number)
    operation_timeout_seconds = optional(number, 30)
    options                   = optional(any, {})
    passphrase                = optional(any)
    password                  = optional(any)
    port                      = optional(number, 22)
    private_key               = optional(any)
    server                    = optional(any, {})
    username                  = optional(string, "")
    via                       = optional(any)
  })
  description = "The partner: where it is, who we are there, and how the connection is made."
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue(flatten([for known in [keys(var.sftp)] : [for key in local.given_keys.sftp : contains(known, key)]]))
    error_message = "Stream ${var.name}, sftp: unknown key ${join(", ", flatten([for known in [keys(var.sftp)] : [for key in local.given_keys.sftp : key if !contains(known, key)]]))}. Known keys: ${join(", ", keys(var.sftp))}."
  }

  # ── the server ──
  validation {
    condition     = var.sftp.host != ""
    error_message = "Stream ${var.name}, sftp.host: missing. Give the partner's host name or IP address."
  }

  # Terraform prints the value of each attribute that a condition names, and a server is often passed around as a URL with a
  # password in it. So this and what follows go over the whole object, and no message repeats what was refused.
  validation {
    condition = alltrue([
      for host in [for field, value in var.sftp : value if field == "host"] : host == "" || anytrue([
        can(cidrhost("${host}/32", 0)) && can(regex("^[0-9.]+$", host)),
        can(cidrhost("${replace(host, "/^\\[(.*)\\]$/", "$1")}/128", 0)) && can(regex(":", host)),
      ])
      # Most are names, and what fails within can() takes longest; so does a pattern that counts to 61.
      if !(can(regex("^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\\.?$", host)) && can(regex("[^0-9.]", host)) && alltrue([for label in split(".", host) : length(label) <= 63]) && length(host) <= 253)
    ])
    error_message = "Stream ${var.name}, sftp.host: what is given is not a host name or IP address (it isn't shown, as a URL may have a password in it). Write the host alone, without sftp://, user@, path or spaces; a port goes into sftp.port, a password's place into sftp.password."
  }

  # ── the way there ──
  validation {
    condition     = var.sftp.allowed_addresses == null ? true : length(var.sftp.allowed_addresses) > 0
    error_message = "Stream ${var.name}, sftp.allowed_addresses: it is empty, so that nothing could be connected to. Leave it out, or give the partner's ranges, e.g. [\"198.51.100.0/24\"]."
  }

  # A range with bits beyond its mask is a typing error more often than not, and stands for more than it seems to.
  validation {
    condition     = alltrue([for range in coalesce(var.sftp.allowed_addresses, []) : can(cidrhost(range, 0)) ? cidrhost(range, 0) == try(cidrhost("${split("/", range)[0]}/${strcontains(range, ":") ? 128 : 32}", 0), "") : false])
    error_message = "Stream ${var.name}, sftp.allowed_addresses: ${join(", ", [for range in coalesce(var.sftp.allowed_addresses, []) : "\"${coalesce(range, "null")}\"" if !(can(cidrhost(range, 0)) ? cidrhost(range, 0) == try(cidrhost("${split("/", range)[0]}/${strcontains(range, ":") ? 128 : 32}", 0), "") : false)])} is not a range. Write an address that ends where its mask does, and the mask: \"198.51.100.0/24\", one address as \"198.51.100.7/32\", or \"2001:db8::/32\"."
  }

  validation {
    condition = alltrue([
      for host in [for field, value in var.sftp : value if field == "host"] : anytrue(concat(
        [!(can(regex("^[0-9.]+$", host)) || strcontains(host, ":"))],
        [for range in coalesce(var.sftp.allowed_addresses, []) : try(strcontains(range, ":") == strcontains(host, ":") && cidrhost("${replace(host, "/^\\[(.*)\\]$/", "$1")}/${split("/", range)[1]}", 0) == cidrhost(range, 0), true)],
      )) if var.sftp.allowed_addresses != null
    ])
    error_message = "Stream ${var.name}, sftp.allowed_addresses: the host ${replace(var.sftp.host, local.patterns.no_host, "HOST")} is in none of ${join(", ", coalesce(var.sftp.allowed_addresses, []))}, so that it could never be connected to. Correct one of them."
  }

  validation {
    # Over the whole object: Terraform prints the attributes that a condition names, and a URL may have a password in it.
    condition     = alltrue([for field, value in var.sftp : value == null || can(keys(value)) if field == "via"])
    error_message = "Stream ${var.name}, sftp.via: it has to be an object, e.g. { type = \"socks5\", host = \"proxy.example\" }. A URL doesn't go here."
  }

  # ── the host key ──
  validation {
    condition     = var.sftp.insecure_ignore_host_key || length(var.sftp.host_keys) > 0 || length(var.sftp.host_ca_keys) > 0
    error_message = "Stream ${var.name}, sftp.host_keys: missing, so anyone could pose as the partner. Ask the partner for the SHA256 fingerprint of the host key, or see it with `ssh-keyscan -p ${var.sftp.port} ${replace(var.sftp.host, local.patterns.no_host, "HOST")} | ssh-keygen -lf -` and compare. To connect unchecked all the same, set insecure_ignore_host_key = true."
  }

  validation {
    condition     = !(var.sftp.insecure_ignore_host_key && length(concat(var.sftp.host_keys, var.sftp.host_ca_keys)) > 0)
    error_message = "Stream ${var.name}, sftp: host_keys and host_ca_keys say which host key is right, and insecure_ignore_host_key turns the check off. Keep the keys, and remove insecure_ignore_host_key."
  }

  validation {
    condition     = alltrue([for key in var.sftp.host_keys : can(regex(local.patterns.host_key, key))])
    error_message = "Stream ${var.name}, sftp.host_keys: ${join(", ", [for key in var.sftp.host_keys : "\"${replace(coalesce(key, "null"), local.patterns.pasted_key, "(not shown, as it may be a private key)")}\"" if !can(regex(local.patterns.host_key, coalesce(key, "null")))])} is neither a fingerprint (SHA256: and 43 characters) nor a known_hosts line (type and key, as ssh-keyscan prints them). MD5 fingerprints are not accepted; the key of a certificate authority (@cert-authority) goes into host_ca_keys."
  }

  validation {
    condition     = alltrue([for key in var.sftp.host_ca_keys : can(regex(local.patterns.authority, coalesce(key, "null")))])
    error_message = "Stream ${var.name}, sftp.host_ca_keys: number ${join(", ", [for number, key in var.sftp.host_ca_keys : number + 1 if !can(regex(local.patterns.authority, coalesce(key, "null")))])} of the list is not the public key of an authority: type and key (\"ssh-ed25519 AAAA…\"), or a line of known_hosts marked @cert-authority. A fingerprint or a server's own line (as ssh-keyscan prints it) goes into host_keys; a certificate goes nowhere, as the server shows it by itself. It isn't shown, in case it is a private key."
  }

  validation {
    condition = length(setintersection(
      flatten([for key in var.sftp.host_keys : regexall("AAAA[A-Za-z0-9+/]{20,}", coalesce(key, "null"))]),
      flatten([for key in var.sftp.host_ca_keys : regexall("AAAA[A-Za-z0-9+/]{20,}", coalesce(key, "null"))]),
    )) == 0
    error_message = "Stream ${var.name}, sftp: host_keys and host_ca_keys have a key in common. In host_keys are the server's own keys, in host_ca_keys those of who certifies servers: keep it in the one of them where it belongs."
  }

  # ── the log-in ──
  validation {
    condition     = var.sftp.username != ""
    error_message = "Stream ${var.name}, sftp.username: missing. Give the user that the partner set up for us."
  }

  validation {
    condition = alltrue([
      for name in [for field, value in var.sftp : value if field == "username"] : !can(regex("[[:cntrl:]]|^\\s|\\s$", name)) && length(name) <= 255
    ])
    error_message = "Stream ${var.name}, sftp.username: what is given has a control character, a space at an end, or more than 255 characters (it isn't shown, in case it is a secret). Copy it again from the partner's letter."
  }

  validation {
    condition     = var.sftp.password != null || var.sftp.private_key != null
    error_message = "Stream ${var.name}, sftp: no credentials. Give password or private_key (or both), each as { secret_arn = … } or { ssm_parameter = … }."
  }

  validation {
    condition = alltrue([
      for field, value in var.sftp : value == null || can(keys(value)) if field == "certificate" || field == "passphrase" || field == "password" || field == "private_key"
    ])
    error_message = "Stream ${var.name}, sftp: password, private_key, passphrase and certificate say where a secret is kept, each as { secret_arn = … } or { ssm_parameter = … }. The secret itself never goes into the configuration: take it out, and change it if others could read it there."
  }

  validation {
    # Over the whole object: Terraform prints the attributes that a condition names, and this one may be the passphrase itself.
    condition = "passphrase" != join(" ", [
      for field, value in var.sftp : field if(field == "passphrase" || field == "private_key") && value != null
    ])
    error_message = "Stream ${var.name}, sftp.passphrase: it opens a private key, and there is none. Give private_key, or call it password."
  }

  validation {
    condition = "certificate" != join(" ", [
      for field, value in var.sftp : field if(field == "certificate" || field == "private_key") && value != null
    ])
    error_message = "Stream ${var.name}, sftp.certificate: it certifies a private key, and there is none. Give private_key as well; the certificates of a server are checked by host_ca_keys."
  }

  # ── the server's traits ──
  validation {
    condition     = can(keys(var.sftp.server)) && try(alltrue([for key in keys(var.sftp.server) : contains(concat(local.server.abilities, local.server.limits), key)]), true)
    error_message = "Stream ${var.name}, sftp.server: ${join(", ", try([for key in keys(var.sftp.server) : key if !contains(concat(local.server.abilities, local.server.limits), key)], ["it"]))} can't be said of a server. It is an object of ${join(", ", local.server.abilities)} (true or false) and ${join(", ", local.server.limits)} (numbers), e.g. { several_handles = false }."
  }

  validation {
    condition = alltrue(concat(
      [for name in try(keys(var.sftp.server), []) : var.sftp.server[name] == null ? true : can(tobool(var.sftp.server[name])) if contains(local.server.abilities, name)],
      [for name in try(keys(var.sftp.server), []) : var.sftp.server[name] == null ? true : try(var.sftp.server[name] == min(max(floor(var.sftp.server[name]), 1), 10000), false) if contains(local.server.limits, name)],
    ))
    error_message = "Stream ${var.name}, sftp.server: ${join(", ", local.server.abilities)} are true or false, ${join(", ", local.server.limits)} whole numbers from 1 to 10000."
  }

  # ── ssh2 ──
  validation {
    condition     = can(keys(var.sftp.options))
    error_message = "Stream ${var.name}, sftp.options: it has to be an object of ssh2's connect options, e.g. { keepaliveInterval = 10000 }."
  }

  validation {
    condition     = try(alltrue([for key in keys(var.sftp.options) : contains(local.ssh2.options, key)]), true)
    error_message = "Stream ${var.name}, sftp.options: ${join(", ", try([for key in keys(var.sftp.options) : key if !contains(local.ssh2.options, key)], []))} can't be set here. Options: ${join(", ", local.ssh2.options)}. Host, port, log-in, time-outs and host keys are fields of sftp; the host-key check can't be replaced."
  }

  validation {
    condition = alltrue(concat(
      [for name in try(keys(var.sftp.options), []) : var.sftp.options[name] == null || try(var.sftp.options[name] == min(max(floor(var.sftp.options[name]), local.ssh2.numbers[name][0]), local.ssh2.numbers[name][1]), false) if contains(keys(local.ssh2.numbers), name)],
      [for name in try(keys(var.sftp.options), []) : var.sftp.options[name] == null || can(tobool(var.sftp.options[name])) if contains(local.ssh2.bools, name)],
      [for name in try(keys(var.sftp.options), []) : var.sftp.options[name] == null || can(regex("^[ -~]{1,255}$", var.sftp.options[name])) if contains(local.ssh2.texts, name)],
    ))
    error_message = "Stream ${var.name}, sftp.options: a value is not of its kind. ${join(", ", [for name, range in local.ssh2.numbers : "${name} is a whole number from ${range[0]} to ${range[1]}"])} (keepaliveInterval in milliseconds); ${join(", ", local.ssh2.bools)} are true or false; ${join(", ", local.ssh2.texts)} are texts."
  }

  validation {
    condition     = !(try(tobool(var.sftp.options.forceIPv4), false) && try(tobool(var.sftp.options.forceIPv6), false))
    error_message = "Stream ${var.name}, sftp.options: forceIPv4 and forceIPv6 exclude each other. Keep one."
  }
}
