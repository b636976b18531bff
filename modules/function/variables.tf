variable "architecture" {
  type        = string
  description = "The function's processors: arm64 or x86_64."
  default     = "arm64"
  nullable    = false
}

variable "bucket_name" {
  type        = string
  description = "Name of the bucket that the root module made, which `kms_key` encrypts; null for none."
  default     = null
}

variable "config_json" {
  type        = string
  description = "The configuration object that the function reads."
  nullable    = false
}

variable "deletion_protection" {
  type        = bool
  description = "Whether DynamoDB refuses to delete the journal."
  nullable    = false
}

variable "events" {
  type = object({
    bus_arn = string
    on      = list(string)
  })
  description = "The bus that is told of files that end (null: the account's default bus), and of which endings; null tells nobody."
  default     = null
}

variable "journal_retention_days" {
  type        = number
  description = "Days for which the journal keeps delivered transfers."
  nullable    = false
}

variable "kms_key" {
  type        = object({ arn = string })
  description = "The customer-managed key that encrypts what is made here; null leaves each thing to AWS's own keys."
  default     = null
}

variable "log_level" {
  type        = string
  description = "The least severe log lines that are written."
  nullable    = false
}

variable "log_retention_days" {
  type        = number
  description = "Days for which CloudWatch keeps the function's log; 0 keeps it for ever."
  nullable    = false
}

variable "maximum_concurrency" {
  type        = number
  description = "How many batches of events are taken from the queue at one time."
  nullable    = false
}

variable "memory_size" {
  type        = number
  description = "Memory of the function in MB."
  nullable    = false
}

variable "metric_namespace" {
  type        = string
  description = "CloudWatch namespace of the bridge's metrics."
  nullable    = false
}

variable "name" {
  type        = string
  description = "Name of the bridge."
  nullable    = false
}

variable "old_version_days" {
  type        = number
  description = "Days for which the configuration's bucket keeps old versions; null keeps them for ever."
  default     = null
}

variable "package" {
  type        = string
  description = "Path of the function's zip."
  nullable    = false
}

variable "permissions_boundary" {
  type        = string
  description = "ARN of the policy that bounds the role; null for none."
  default     = null
}

variable "reports" {
  type        = object({ bucket = string, kms_key_arn = string, prefix = string })
  description = "Where daily reports go; null where there are none."
  default     = null
}

variable "role_path" {
  type        = string
  description = "Path of the role and its policies."
  nullable    = false
}

variable "schedule_rules" {
  type        = set(string)
  description = "Names of rules of the user's own that may invoke the function."
  default     = []
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
        secret_arn    = string
        ssm_parameter = string
        through_s3    = optional(bool, false)
      }))
      staging = optional(bool, false)
    })
    config = object({
      pull = object({ acl = optional(string), bucket = string, gate = optional(object({ function_arn = optional(string), guardduty = optional(object({})) })), prefix = string })
      push = object({ bucket = string, gate = optional(object({ function_arn = optional(string), guardduty = optional(object({})) })), prefix = string })
    })
    rule_names = optional(object({ push = string }))
  }))
  description = "The streams as modules/config normalises them; here only what the role and the queues need is read."
  nullable    = false
}

variable "tags" {
  type        = map(string)
  description = "Tags of everything that can have some."
  default     = {}
  nullable    = false
}

variable "timeout" {
  type        = number
  description = "Seconds that one invocation may take."
  nullable    = false
}

variable "vpc" {
  type = object({
    security_group_ids = list(string)
    subnet_ids         = list(string)
  })
  description = "The network that the function runs in; null for Lambda's own."
  default     = null
}
