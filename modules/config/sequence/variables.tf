variable "given" {
  type        = any
  description = "The numbers as the user wrote them. Only their keys are read: a typed variable drops unknown ones silently."
  nullable    = false
}

variable "include" {
  type        = list(string)
  description = "Patterns of the files that are taken."
  default     = []
  nullable    = false
}

variable "label" {
  type        = string
  description = "The side, as messages name it."
  nullable    = false
}

variable "sequence" {
  type = object({
    first = optional(number)
    max   = optional(number)
    min   = optional(number)
    name  = optional(string, "")
  })
  description = "Running numbers in names; the root module's variable `streams` describes them."
  nullable    = false

  validation {
    condition     = length(setsubtract(local.given_keys, keys(var.sequence))) == 0
    error_message = "${var.label}.sequence: unknown key ${join(", ", setsubtract(local.given_keys, keys(var.sequence)))}. Known keys: ${join(", ", keys(var.sequence))}."
  }

  validation {
    condition     = can(regex("\\{seq(:[0-9]+)?\\}", var.sequence.name))
    error_message = "${var.label}.sequence.name: ${jsonencode(var.sequence.name)} doesn't say where the number stands. Put {seq} there, or {seq:4} for just so many digits, and * for what changes beside it: \"ORD_*_{seq}.csv\"."
  }

  validation {
    condition     = length(regexall("\\{seq", var.sequence.name)) < 2
    error_message = "${var.label}.sequence.name: ${jsonencode(var.sequence.name)} has {seq} more than once, and a file has one number. Write * for what else changes: \"ORD_*_{seq}.csv\"."
  }

  validation {
    condition     = can(regex(local.name_pattern, var.sequence.name)) || !can(regex("\\{seq", var.sequence.name)) || length(regexall("\\{seq", var.sequence.name)) > 1
    error_message = "${var.label}.sequence.name: ${jsonencode(var.sequence.name)} is the name of a file, in whatever directory: it has no slash, no other field than {seq} or {seq:1} to {seq:15}, and * for what changes: \"ORD_*_{seq}.csv\"."
  }

  validation {
    condition     = !can(regex("[0-9]\\{|\\}[0-9]", var.sequence.name))
    error_message = "${var.label}.sequence.name: ${jsonencode(var.sequence.name)} has a digit right beside {seq}, so that nobody can tell which digits are the number. Put it into the number, or write * in its place."
  }

  validation {
    condition     = length(var.sequence.name) <= 240
    error_message = "${var.label}.sequence.name: it has more than 240 characters, and names have 255 bytes at most. Shorten it by *."
  }

  validation {
    condition     = var.sequence.max != null || var.sequence.min == null
    error_message = "${var.label}.sequence.min: it is the number after max, and there is no max. Name the first awaited number with first, or give a max."
  }

  validation {
    condition     = alltrue([for max in var.sequence.max[*] : max - coalesce(var.sequence.min, 1) >= 9])
    error_message = "${var.label}.sequence.max: from ${coalesce(var.sequence.min, 1)} (min) to ${join("", var.sequence.max[*])} there are fewer than ten numbers, and nobody could tell a file that is ahead from one that comes again. Give the greatest number before they begin again, such as 9999."
  }

  validation {
    condition     = alltrue(flatten([for max in var.sequence.max[*] : [for first in var.sequence.first[*] : first >= coalesce(var.sequence.min, 1) && first <= max]]))
    error_message = "${var.label}.sequence.first: ${join("", var.sequence.first[*])} isn't a number from ${coalesce(var.sequence.min, 1)} (min) to ${join("", var.sequence.max[*])} (max)."
  }

  validation {
    condition     = alltrue(flatten([for max in var.sequence.max[*] : [for digits in try(regex("\\{seq:([0-9]+)\\}", var.sequence.name), []) : length(format("%.0f", max)) <= tonumber(digits)]]))
    error_message = "${var.label}.sequence.max: ${join("", var.sequence.max[*])} has more digits than {seq:…} in ${jsonencode(var.sequence.name)}."
  }
}
