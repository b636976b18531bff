variable "default_bucket" {
  type        = string
  description = "Bucket of a push or pull that names none; null where the module makes no bucket."
  default     = null
}

variable "given" {
  type        = any
  description = "The stream as the user wrote it. Only its keys are looked at: a typed variable drops unknown ones silently."

  validation {
    condition     = length(setsubtract(keys(var.given), local.stream_keys)) == 0
    error_message = "Stream ${var.name}: unknown key ${join(", ", setsubtract(keys(var.given), local.stream_keys))}. Known keys: ${join(", ", local.stream_keys)}."
  }

  # Terraform's own message for a text that is no number, or neither true nor false, does not say which field it means.
  validation {
    condition = length(flatten([
      for part, fields in local.number_fields : [
        for field in fields : "${part}.${field}" if lookup(var.given, part, null) == null ? false : !can(tonumber(lookup(var.given[part], field, null)))
      ]
    ])) == 0
    error_message = "Stream ${var.name}: ${join(", ", flatten([
      for part, fields in local.number_fields : [
        for field in fields : "${part}.${field}" if lookup(var.given, part, null) == null ? false : !can(tonumber(lookup(var.given[part], field, null)))
      ]
    ]))} has to be a number."
  }

  validation {
    condition = length(flatten([
      for part, fields in local.bool_fields : [
        for field in fields : "${part}.${field}" if lookup(var.given, part, null) == null ? false : !can(tobool(lookup(var.given[part], field, null)))
      ]
    ])) == 0
    error_message = "Stream ${var.name}: ${join(", ", flatten([
      for part, fields in local.bool_fields : [
        for field in fields : "${part}.${field}" if lookup(var.given, part, null) == null ? false : !can(tobool(lookup(var.given[part], field, null)))
      ]
    ]))} has to be true or false."
  }
}

variable "name" {
  type        = string
  description = "Name of the stream."
  nullable    = false
}

variable "retry_for_days" {
  type        = number
  description = "Days for which a failing transfer is tried again."
  default     = 7
  nullable    = false

  validation {
    condition     = var.retry_for_days >= 1 && var.retry_for_days <= 365 && floor(var.retry_for_days) == var.retry_for_days
    error_message = "Stream ${var.name}, retry_for_days: ${var.retry_for_days} is not a whole number from 1 to 365. A transfer that fails is tried again for at least a day."
  }
}
