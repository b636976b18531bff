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
  # number within them. Terraform's own message for a text that is no number does not say which field it means. Each number is checked
  # by itself: a try() with the object that it stands in would be put off for all that isn't known yet there (Terraform 1.9, OpenTofu).
  validation {
    condition = !contains(flatten([
      for given in [merge({ alarms = null, pull = null, push = null, sftp = null }, var.given, { stream = var.given })] : [
        for part, fields in local.whole_numbers.of_parts : [
          for known in [keys(fields)] : [
            for field, number in { for field, number in given[part] : field => number if contains(known, field) } : number == null ? true : try(tonumber(number) == min(max(floor(tonumber(number)), fields[field].min), fields[field].max), false)
          ]
        ] if given[part] != null
      ]
    ]), false)
    error_message = join("\n", flatten([
      for given in [merge({ alarms = null, pull = null, push = null, sftp = null }, var.given, { stream = var.given })] : [
        for part, fields in local.whole_numbers.of_parts : [
          for known in [keys(fields)] : [
            for field, number in { for field, number in given[part] : field => number if contains(known, field) } : "Stream ${var.name}, ${part == "stream" ? "" : "${part}."}${field}: ${jsonencode(number)} has to be a whole number from ${fields[field].min} to ${fields[field].max}. ${fields[field].hint}"
            if number == null ? false : !try(tonumber(number) == min(max(floor(tonumber(number)), fields[field].min), fields[field].max), false)
          ]
        ] if given[part] != null
      ]
    ]))
  }

  # By name, as what should be an object and is a text may be a secret, which Terraform's own error would show.
  validation {
    condition = !contains(flatten([
      for given in [merge({ alarms = null, pull = null, push = null, sftp = null }, var.given)] : [
        for part, names in local.whole_numbers.within_parts : [
          for name, value in given[part] : [
            for within in flatten([value]) : [
              for numbers in [{
                "pull.files" = try(within.pull.files, null), "push.files" = try(within.push.files, null), count = try(within.count, null), first = try(within.first, null),
                max          = try(within.max, null), max_bytes = try(within.max_bytes, null), max_entries = try(within.max_entries, null), max_ratio = try(within.max_ratio, null),
                min          = try(within.min, null), port = try(within.port, null), timeout_hours = try(within.timeout_hours, null), within_hours = try(within.within_hours, null)
                }] : [
                for field, limits in names[name] : [
                  for number in [numbers[field]] : number == null ? true : try(tonumber(number) == min(max(floor(tonumber(number)), limits.min), limits.max), false)
                ]
              ]
            ]
          ] if contains(keys(names), name)
        ] if given[part] != null
      ]
    ]), false)
    error_message = join("\n", flatten([
      for given in [merge({ alarms = null, pull = null, push = null, sftp = null }, var.given)] : [
        for part, names in local.whole_numbers.within_parts : [
          for name, value in given[part] : [
            for within in flatten([value]) : [
              for numbers in [{
                "pull.files" = try(within.pull.files, null), "push.files" = try(within.push.files, null), count = try(within.count, null), first = try(within.first, null),
                max          = try(within.max, null), max_bytes = try(within.max_bytes, null), max_entries = try(within.max_entries, null), max_ratio = try(within.max_ratio, null),
                min          = try(within.min, null), port = try(within.port, null), timeout_hours = try(within.timeout_hours, null), within_hours = try(within.within_hours, null)
                }] : [
                for field, limits in names[name] : [
                  for number in [numbers[field]] : "Stream ${var.name}, ${part}.${name}.${field}: ${jsonencode(number)} has to be a whole number from ${limits.min} to ${limits.max}. ${limits.hint}"
                  if number == null ? false : !try(tonumber(number) == min(max(floor(tonumber(number)), limits.min), limits.max), false)
                ]
              ]
            ]
          ] if contains(keys(names), name)
        ] if given[part] != null
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
