variable "account_id" {
  type        = string
  description = "The account that owns the default bucket; null where nothing is to be compared."
  default     = null
}

variable "calendars" {
  type        = map(list(string))
  description = "By name, days without business; the root module's variable of this name describes them."
  default     = {}
  nullable    = false
}

variable "default_bucket" {
  type        = string
  description = "Bucket of the pushes and pulls that name none; null where the module makes no bucket."
  default     = null
}

variable "name" {
  type        = string
  description = "Name of the bridge, which the names of the streams' rules begin with."
  nullable    = false
}

variable "reports" {
  type        = any
  description = "Where daily reports go, as the user wrote it; the root module's variable of this name describes it."
  default     = null
}

variable "streams" {
  type        = any
  description = "The stream map as the user wrote it; the root module's variable of this name describes it."
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.streams) : length(name) >= 1 && length(name) <= 64]) && length(regexall("[^A-Za-z0-9_-]", join("", keys(var.streams)))) == 0
    error_message = "streams: ${join(", ", [for name in keys(var.streams) : "\"${name}\"" if length(name) < 1 || length(name) > 64 || length(regexall("[^A-Za-z0-9_-]", name)) > 0])} can't be the name of a stream. It is part of the names of rules, in which periods stand between streams: 1 to 64 letters, digits, hyphens and underscores."
  }
}
