variable "default_bucket" {
  type        = string
  description = "Bucket of the reports where none is named; null where the module makes no bucket."
  default     = null
}

variable "given" {
  type        = any
  description = "The reports as the user wrote them. Only their keys are read: a typed variable drops unknown ones silently."
  nullable    = false
}

variable "reports" {
  type = object({
    bucket_owner = optional(string)
    kms_key_arn  = optional(string)
    s3           = optional(string)
    streams      = optional(list(string))
    time_zone    = optional(string, "UTC")
  })
  description = "Where each stream's daily report goes; the root module's variable of this name describes it."
  nullable    = false

  # Over the whole object, as Terraform prints the value of each attribute that a condition names (see ../location).
  validation {
    condition     = length(setsubtract(local.given_keys, keys(var.reports))) == 0
    error_message = "reports: unknown key ${join(", ", setsubtract(local.given_keys, keys(var.reports)))}. It has s3, time_zone, streams, kms_key_arn and bucket_owner; {} is enough."
  }

  validation {
    condition     = contains(local.time_zones, var.reports.time_zone)
    error_message = "reports.time_zone: there is no time zone ${jsonencode(var.reports.time_zone)}. Give a name of the IANA data base, such as \"Europe/Berlin\" or \"UTC\"."
  }

  validation {
    condition     = try(length(var.reports.streams) > 0, true)
    error_message = "reports.streams is empty, so that no report would ever be written. Name the streams that have one, or leave it out for all."
  }

  validation {
    condition     = try(length(setsubtract(var.reports.streams, var.streams)) == 0, var.reports.streams == null)
    error_message = "reports.streams: no stream is called ${join(", ", [for name in try(setsubtract(var.reports.streams, var.streams), []) : jsonencode(name)])}. Streams: ${join(", ", var.streams)}."
  }
}

variable "streams" {
  type        = list(string)
  description = "Names of the streams that there are."
  nullable    = false
}
