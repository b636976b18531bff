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

variable "streams" {
  type        = any
  description = "The stream map as the user wrote it; the root module's variable of this name describes it."
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.streams) : can(regex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", name))])
    error_message = "streams: ${join(", ", [for name in keys(var.streams) : "\"${name}\"" if !can(regex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", name))])} can't be the name of a stream. It is part of rule names and S3 prefixes: lower-case letters, digits and hyphens, with a letter or digit at both ends."
  }

  # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
  validation {
    condition     = alltrue([for name in keys(var.streams) : length("${var.name}-push-${name}") <= 64])
    error_message = "streams: ${join(", ", [for name in keys(var.streams) : "\"${name}\"" if length("${var.name}-push-${name}") > 64])} is too long: EventBridge rules have at most 64 characters, and the rule would be \"${var.name}-push-NAME\". Use at most ${64 - length("${var.name}-push-")} characters, or a shorter name for the bridge."
  }
}
