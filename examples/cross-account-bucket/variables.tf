variable "bucket" {
  type        = string
  description = "Name of the other account's bucket."
}

variable "bucket_policy" {
  type        = string
  description = "The policy that the bucket has today (`aws s3api get-bucket-policy --bucket NAME --query Policy --output text`); null for none."
  default     = null
}

variable "enable_eventbridge" {
  type        = bool
  description = "Whether to turn EventBridge on for the bucket, **which replaces all notifications that it sends today**. Leave it, and turn it on in the S3 console, where there are some."
  default     = false
}

variable "kms_key_arn" {
  type        = string
  description = "ARN of the customer-managed key that encrypts the bucket; null for none. AWS's own key (aws/s3) can't be shared with another account."
  default     = null
}

variable "kms_key_policy" {
  type        = string
  description = "The policy that the key has today (`aws kms get-key-policy --key-id ARN --query Policy --output text`)."
  default     = null

  validation {
    condition     = (var.kms_key_policy == null) == (var.kms_key_arn == null)
    error_message = "kms_key_policy and kms_key_arn belong together: without the policy that the key has, nobody could administer it afterwards."
  }
}

variable "name" {
  type        = string
  description = "Name of the bridge."
  default     = "partner-files"
}

variable "owner" {
  type = object({
    account_id = string
    region     = string
    role_arn   = string
  })
  description = "The bucket's account, its region, and a role there that Terraform may assume to set the bucket up."
}

variable "partner" {
  type = object({
    host      = string
    host_keys = list(string)
    port      = optional(number, 22)
    username  = string
  })
  description = "The partner's server, and who we are there."
}

variable "private_key_secret_arn" {
  type        = string
  description = "ARN of the Secrets Manager secret with our private key, in the bridge's account."
}

variable "region" {
  type        = string
  description = "The bridge's region."
}

variable "schedule" {
  type        = string
  description = "How often to poll for the partner's files."
  default     = "rate(5 minutes)"
}
