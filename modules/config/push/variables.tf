variable "default_bucket" {
  type        = string
  description = "Bucket of a push that names none; null where the module makes no bucket."
  default     = null
}

variable "given" {
  type        = any
  description = "The push as the user wrote it. Only its keys are read: a typed variable drops unknown ones silently."
  nullable    = false
}

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
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.given), keys(var.push))) == 0
    error_message = "Stream ${var.stream}, push: unknown key ${join(", ", setsubtract(keys(var.given), keys(var.push)))}. Known keys: ${join(", ", keys(var.push))}."
  }

  validation {
    condition     = contains(["atomic", "direct"], var.push.upload)
    error_message = "Stream ${var.stream}, push.upload: \"${var.push.upload}\" is unknown. Give \"atomic\" (temporary name, then rename) or \"direct\" (for servers that refuse rename)."
  }

  validation {
    condition     = contains(["strict", "checksum", "tolerant", "off"], var.push.verify)
    error_message = "Stream ${var.stream}, push.verify: \"${var.push.verify}\" is unknown. Give \"strict\" (the remote size must match), \"checksum\" (and so must the content, which is read back where the server has no checksums), \"tolerant\" (more bytes, or no size at all, are fine too) or \"off\" (nothing is compared: a file that was cut short counts as delivered)."
  }
}

variable "stream" {
  type        = string
  description = "Name of the stream."
  nullable    = false
}
