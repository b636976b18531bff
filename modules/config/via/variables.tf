variable "authority_pattern" {
  type        = string
  description = "Regular expression of what can be trusted as an authority of hosts."
  nullable    = false
}

variable "given" {
  type        = any
  description = "The proxy or jump host as the user wrote it. Only its keys are read: a typed variable drops unknown ones silently."
}

variable "host_key_pattern" {
  type        = string
  description = "Regular expression of what can be pinned as a host key."
  nullable    = false
}

variable "stream" {
  type        = string
  description = "Name of the stream, for error messages."
  nullable    = false
}

variable "via" {
  type = object({
    certificate  = optional(any)
    host         = optional(string, "")
    host_ca_keys = optional(list(string), [])
    host_keys    = optional(list(string), [])
    passphrase   = optional(any)
    password     = optional(any)
    port         = optional(number)
    private_key  = optional(any)
    type         = optional(string, "")
    username     = optional(string)
  })
  description = <<-EOT
    What connections to the partner go through:
    - `type`: `socks5` or `http` (a proxy), or `ssh` (a jump host).
    - `host`, `port`: where it is; the port is 1080, 3128 or 22 unless set.
    - `username`, `password`: the log-in there; a proxy may have none.
    - `private_key`, `passphrase`, `certificate`, `host_keys`, `host_ca_keys`: of a jump host, as those of the partner.
  EOT
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.given), keys(var.via))) == 0
    error_message = "Stream ${var.stream}, sftp.via: unknown key ${join(", ", setsubtract(keys(var.given), keys(var.via)))}. Known keys: ${join(", ", keys(var.via))}."
  }

  validation {
    condition     = contains(keys(local.ports), var.via.type)
    error_message = "Stream ${var.stream}, sftp.via.type: it is \"${var.via.type}\". Say \"socks5\" or \"http\" for a proxy, \"ssh\" for a jump host."
  }

  # Proxies are often passed around as URLs with a password in them: so this goes over the whole object, and shows no value.
  validation {
    condition = alltrue([
      for host in [for field, value in var.via : value if field == "host"] : anytrue([
        can(cidrhost("${host}/32", 0)) && can(regex("^[0-9.]+$", host)),
        can(cidrhost("${replace(host, "/^\\[(.*)\\]$/", "$1")}/128", 0)) && can(regex(":", host)),
        can(regex("^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\\.?$", host)) && can(regex("[^0-9.]", host)) && length(host) <= 253,
      ])
    ])
    error_message = "Stream ${var.stream}, sftp.via.host: what is given is not a host name or IP address (it isn't shown, as a URL may have a password in it). Write the host alone, without http://, socks5://, user@, path or spaces; a port goes into via.port, a password's place into via.password."
  }

  # ── the jump host's key ──
  validation {
    condition     = var.via.type != "ssh" || length(concat(var.via.host_keys, var.via.host_ca_keys)) > 0
    error_message = "Stream ${var.stream}, sftp.via.host_keys: missing, so anyone could pose as the jump host. Ask who runs it for the SHA256 fingerprint of its host key, or see it with `ssh-keyscan HOST | ssh-keygen -lf -` and compare."
  }

  validation {
    condition     = var.via.type == "ssh" || length(concat(var.via.host_keys, var.via.host_ca_keys)) == 0
    error_message = "Stream ${var.stream}, sftp.via.host_keys, sftp.via.host_ca_keys: a proxy has none. The partner's keys go into sftp.host_keys, and are checked behind the proxy as without one; for a jump host say type = \"ssh\"."
  }

  validation {
    condition     = alltrue([for key in var.via.host_keys : can(regex(var.host_key_pattern, key))])
    error_message = "Stream ${var.stream}, sftp.via.host_keys: number ${join(", ", [for number, key in var.via.host_keys : number + 1 if !can(regex(var.host_key_pattern, coalesce(key, "null")))])} of the list is neither a fingerprint (SHA256: and 43 characters) nor a known_hosts line (type and key, as ssh-keyscan prints them). It isn't shown, in case it is a private key."
  }

  validation {
    condition     = alltrue([for key in var.via.host_ca_keys : can(regex(var.authority_pattern, coalesce(key, "null")))])
    error_message = "Stream ${var.stream}, sftp.via.host_ca_keys: number ${join(", ", [for number, key in var.via.host_ca_keys : number + 1 if !can(regex(var.authority_pattern, coalesce(key, "null")))])} of the list is not the public key of an authority: type and key (\"ssh-ed25519 AAAA…\"), or a line of known_hosts marked @cert-authority. The jump host's own key goes into via.host_keys. It isn't shown, in case it is a private key."
  }

  validation {
    condition = length(setintersection(
      flatten([for key in var.via.host_keys : regexall("AAAA[A-Za-z0-9+/]{20,}", coalesce(key, "null"))]),
      flatten([for key in var.via.host_ca_keys : regexall("AAAA[A-Za-z0-9+/]{20,}", coalesce(key, "null"))]),
    )) == 0
    error_message = "Stream ${var.stream}, sftp.via: host_keys and host_ca_keys have a key in common. In host_keys are the jump host's own keys, in host_ca_keys those of who certifies hosts: keep it in the one of them where it belongs."
  }

  # ── the log-in ──
  # Over the whole object: Terraform prints the attributes that a condition names, and one may be a secret that was pasted.
  validation {
    condition = alltrue([
      for field, value in var.via : !contains(["certificate", "passphrase", "password", "private_key"], field) || value == null || can(keys(value))
    ])
    error_message = "Stream ${var.stream}, sftp.via: password, private_key, passphrase and certificate say where a secret is kept, each as { secret_arn = … } or { ssm_parameter = … }. The secret itself never goes into the configuration: take it out, and change it if others could read it there."
  }

  validation {
    condition = var.via.type == "ssh" ? (
      anytrue([for field, value in var.via : field == "username" && value != null && value != ""]) && anytrue([for field, value in var.via : contains(["password", "private_key"], field) && value != null])
    ) : true
    error_message = "Stream ${var.stream}, sftp.via: a jump host needs a username, and a private_key or a password."
  }

  validation {
    condition = var.via.type == "ssh" ? true : alltrue([
      for field, value in var.via : !contains(["certificate", "passphrase", "private_key"], field) || value == null
    ])
    error_message = "Stream ${var.stream}, sftp.via: a proxy takes no private_key, passphrase or certificate. Give username and password, or say type = \"ssh\" for a jump host."
  }

  validation {
    condition = var.via.type == "ssh" ? true : 0 == sum([
      for field, value in var.via : value == null ? 0 : lookup({ password = 1, username = -1 }, field, 0)
    ])
    error_message = "Stream ${var.stream}, sftp.via: a proxy's log-in is a username and a password. Give both, or neither for a proxy without a log-in."
  }

  validation {
    condition     = var.via.username == null ? true : !can(regex("[[:cntrl:]]|^\\s|\\s$", var.via.username)) && length(var.via.username) <= 255 && var.via.username != "" && !(var.via.type == "http" && strcontains(var.via.username, ":"))
    error_message = "Stream ${var.stream}, sftp.via.username: it is empty, or has a control character, a space at an end, or more than 255 characters; with type \"http\" it has no colon either (RFC 7617)."
  }

  validation {
    condition = 0 <= sum([
      for field, value in var.via : value == null ? 0 : lookup({ passphrase = -1, private_key = 1 }, field, 0)
    ])
    error_message = "Stream ${var.stream}, sftp.via.passphrase: it opens a private key, and there is none. Give private_key, or call it password."
  }

  validation {
    condition = 0 <= sum([
      for field, value in var.via : value == null ? 0 : lookup({ certificate = -1, private_key = 1 }, field, 0)
    ])
    error_message = "Stream ${var.stream}, sftp.via.certificate: it certifies a private key, and there is none. Give private_key as well; a certificate that the jump host shows is checked by via.host_ca_keys."
  }
}
