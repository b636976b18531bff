variable "kms_grants" {
  type        = bool
  description = "Whether to make grants on the keys of this account; null makes them up to a number."
  default     = null
}

variable "name" {
  type        = string
  description = "Name of the bridge, which the names of grants begin with."
  nullable    = false
}

variable "own_bucket" {
  type        = string
  description = "Name of the bucket that the module makes itself; null where it makes none."
  default     = null
}

variable "reports" {
  type        = object({ bucket = string, kms_key_arn = string, prefix = string })
  description = "Where daily reports go; null where there are none."
  default     = null
}

variable "role_arn" {
  type        = string
  description = "ARN of the function's role."
  nullable    = false
}

variable "streams" {
  type = map(object({
    access = object({
      pull_kms_key_arn = string
      push_kms_key_arn = string
      secrets = list(object({
        kms_key_arn   = string
        s3            = string
        secret_arn    = optional(string)
        ssm_parameter = optional(string)
        through_s3    = optional(bool, false)
      }))
    })
    config = object({
      pull = object({ acl = optional(string), bucket = string, prefix = string })
      push = object({ bucket = string, gate = optional(object({ guardduty = optional(object({})) })), prefix = string })
    })
  }))
  description = "The streams, as modules/config gives them."
  nullable    = false
}
