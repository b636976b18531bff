variable "push" {
  type = object({
    exclude         = optional(list(string), [])
    include         = optional(list(string), [])
    kms_key_arn     = optional(string)
    reconcile_hours = optional(number)
    s3              = optional(string)
    sftp            = optional(string, "")
    upload          = optional(string, "atomic")
    verify          = optional(string, "strict")
  })
  description = "S3 → SFTP: objects below `s3` go to `sftp` as they arrive."
  default     = null

  validation {
    condition     = var.push == null ? true : length(setsubtract(local.given_keys.push, keys(var.push))) == 0
    error_message = "Stream ${var.name}, push: unknown key ${join(", ", setsubtract(local.given_keys.push, try(keys(var.push), [])))}. Known keys: ${join(", ", try(keys(var.push), []))}."
  }

  validation {
    condition     = var.push == null ? true : contains(["atomic", "direct"], var.push.upload)
    error_message = "Stream ${var.name}, push.upload: \"${try(var.push.upload, "")}\" is unknown. Give \"atomic\" (temporary name, then rename) or \"direct\" (for servers that refuse rename)."
  }

  validation {
    condition     = var.push == null ? true : contains(["strict", "tolerant", "off"], var.push.verify)
    error_message = "Stream ${var.name}, push.verify: \"${try(var.push.verify, "")}\" is unknown. Give \"strict\" (the remote size must match), \"tolerant\" (a file that is gone already is fine too) or \"off\"."
  }

  validation {
    condition     = try(var.push.reconcile_hours, null) == null ? true : var.push.reconcile_hours >= 1 && var.push.reconcile_hours <= 744 && floor(var.push.reconcile_hours) == var.push.reconcile_hours
    error_message = "Stream ${var.name}, push.reconcile_hours: ${try(coalesce(var.push.reconcile_hours, 0), 0)} is not a whole number from 1 to 744. 24 compares the prefix with the journal once a day; left out, only an operator does."
  }
}
