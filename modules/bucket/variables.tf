variable "abort_incomplete_uploads_after_days" {
  type        = number
  description = "Days after which S3 removes the parts of a multipart upload that was never completed. Null adds no lifecycle rule."
  default     = 7

  validation {
    condition     = alltrue([for days in var.abort_incomplete_uploads_after_days[*] : days == max(floor(days), 1)])
    error_message = "abort_incomplete_uploads_after_days has to be a whole number of days from 1 up, or null for no lifecycle rule."
  }
}

variable "eventbridge" {
  type        = bool
  description = "Whether S3 sends the bucket's events to EventBridge."
  default     = true
  nullable    = false
}

variable "expirations" {
  type        = map(number)
  description = "Days after which S3 removes the objects below a prefix, by prefix; their old versions go a day later."
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for prefix, days in var.expirations : can(regex("^[^/].*/$", prefix)) && days == max(floor(days), 1)])
    error_message = "expirations has prefixes that end in a slash and don't begin with one, each with a whole number of days from 1 up."
  }
}

variable "force_destroy" {
  type        = bool
  description = "Whether `terraform destroy` may delete the bucket with everything in it."
  default     = false
  nullable    = false
}

variable "kms_key_arn" {
  type        = string
  description = "Customer-managed KMS key for new objects. Null encrypts with keys that S3 manages (SSE-S3)."
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.kms_key_arn))
    error_message = "kms_key_arn has to be the ARN of a KMS key: arn:aws:kms:REGION:ACCOUNT:key/ID."
  }
}

variable "name" {
  type        = string
  description = "Name of the bucket. It is unique over all of AWS."
  nullable    = false

  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  validation {
    condition     = length(var.name) <= 63 && can(regex("^[a-z0-9]([a-z0-9-]|\\.[a-z0-9]){1,61}[a-z0-9]$", var.name)) && !can(regex("^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\\.mrap|--x-s3|--table-s3)$|^[0-9]{1,3}(\\.[0-9]{1,3}){3}$", var.name))
    error_message = "\"${var.name}\" can't be the name of a bucket. It has 3 to 63 lower-case letters, digits, dots and hyphens, begins and ends with a letter or digit, is no IP address, and has none of the beginnings and ends that S3 reserves."
  }
}

variable "noncurrent_version_expiration_days" {
  type        = number
  description = "Days after which S3 removes a version that was replaced or deleted. Null keeps it for ever."
  default     = null

  validation {
    condition     = var.noncurrent_version_expiration_days == null ? true : var.noncurrent_version_expiration_days >= 1 && floor(var.noncurrent_version_expiration_days) == var.noncurrent_version_expiration_days
    error_message = "noncurrent_version_expiration_days has to be a whole number of days from 1 up, or null to keep old versions for ever."
  }
}

variable "tags" {
  type        = map(string)
  description = "Tags of the bucket."
  default     = {}
  nullable    = false
}
