variable "calendars" {
  type        = list(string)
  description = "Names of the module's calendars."
  default     = []
  nullable    = false
}

variable "default_bucket" {
  type        = string
  description = "Bucket of a push or pull that names none; null where the module makes no bucket."
  default     = null
}

variable "given" {
  type        = any
  description = "The stream as the user wrote it. Its keys and numbers are checked here: a typed variable drops unknown keys silently."

  validation {
    condition     = alltrue([for key in keys(var.given) : contains(local.known.stream_keys, key)])
    error_message = "Stream ${var.name}: unknown key ${join(", ", [for key in keys(var.given) : key if !contains(local.known.stream_keys, key)])}. Known keys: ${join(", ", local.known.stream_keys)}."
  }

  # All of the table in numbers.tf. A value that stays the same when it is rounded down and put between the limits is a whole
  # number within them. Terraform's own message for a text that is no number does not say which field it means.
  validation {
    condition = alltrue(flatten([
      for part, fields in local.whole_numbers : [
        for value in [lookup(merge(var.given, { stream = var.given }), part, null)] : [
          for field in setintersection(keys(fields), keys(value)) : try(tonumber(value[field]) == min(max(floor(tonumber(value[field])), fields[field].min), fields[field].max), false)
          if value[field] != null
        ] if value != null
      ]
    ]))
    error_message = join("\n", flatten([
      for part, fields in local.whole_numbers : [
        for value in [lookup(merge(var.given, { stream = var.given }), part, null)] : [
          for field in setintersection(keys(fields), keys(value)) : "Stream ${var.name}, ${part == "stream" ? "" : "${part}."}${field}: ${jsonencode(value[field])} has to be a whole number from ${fields[field].min} to ${fields[field].max}. ${fields[field].hint}"
          if value[field] == null ? false : !try(tonumber(value[field]) == min(max(floor(tonumber(value[field])), fields[field].min), fields[field].max), false)
        ] if value != null
      ]
    ]))
  }

  validation {
    condition = length(flatten([
      for part, fields in local.known.bool_fields : [
        for field in fields : "${part}.${field}" if lookup(var.given, part, null) == null ? false : !can(tobool(lookup(var.given[part], field, null)))
      ]
    ])) == 0
    error_message = "Stream ${var.name}: ${join(", ", flatten([
      for part, fields in local.known.bool_fields : [
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

variable "pull" {
  type        = any
  description = "SFTP → S3, as the user wrote it; null where the stream has none."
  default     = null
}

variable "push" {
  type        = any
  description = "S3 → SFTP, as the user wrote it; null where the stream has none."
  default     = null
}

variable "retry_for_days" {
  type        = number
  description = "Days for which a failing transfer is tried again."
  default     = 7
  nullable    = false
}
