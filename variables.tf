# What a bridge is as a whole. Also: variables.streams.tf, variables.network.tf and variables.monitoring.tf.
# A number that stays the same when it is rounded down and put between its limits is a whole one within them.
variable "architecture" {
  type        = string
  description = "The function's processors: `arm64`, which costs a fifth less, or `x86_64`, for regions and policies that want it."
  default     = "arm64"
  nullable    = false

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture has to be arm64 or x86_64."
  }
}

variable "bucket_name" {
  type        = string
  description = "Name of the bucket that the module makes. Streams may name it in `s3`. Null stands for `<name>-<account id>-<region>`, made where a stream leaves `s3` out."
  default     = null

  validation {
    condition     = var.bucket_name == null || (can(regex("^.{3,63}$", var.bucket_name)) && can(regex("^[a-z0-9]([a-z0-9-]|\\.[a-z0-9]){1,61}[a-z0-9]$", var.bucket_name)))
    error_message = "bucket_name has to be 3 to 63 lower-case letters, digits, dots and hyphens, and begin and end with a letter or digit. It is the name alone, without prefix."
  }

  validation {
    condition     = var.bucket_name == null || var.create_bucket != false
    error_message = "bucket_name names the bucket that the module makes, and create_bucket = false says that it makes none. Leave one of the two out; a bucket that exists is named in the streams."
  }
}

variable "create_bucket" {
  type        = bool
  description = "Whether the module makes a bucket. Null decides by itself: where bucket_name is given or a stream leaves `s3` out. To be set where `s3` comes from a resource whose name isn't known until apply."
  default     = null
}

variable "deletion_protection" {
  type        = bool
  description = "Whether the journal is protected against deletion. While it is, `terraform destroy` fails; turn it off first."
  default     = false
  nullable    = false
}

variable "force_destroy" {
  type        = bool
  description = "Whether `terraform destroy` may delete the module's bucket with all files in it."
  default     = false
  nullable    = false
}

variable "journal_retention_days" {
  type        = number
  description = "Days for which the journal keeps delivered transfers: the audit trail, and by what duplicates are recognised. What is older isn't compared by `reconcile`, and a `backfill` sends it again. A larger number doesn't bring back what has expired."
  default     = 400
  nullable    = false

  validation {
    condition     = var.journal_retention_days == min(max(floor(var.journal_retention_days), 1), 3650)
    error_message = "journal_retention_days has to be a whole number of days from 1 to 3650."
  }

  # What is older than the journal remembers isn't compared, as it may have been delivered: a lost event would never be found.
  validation {
    condition = alltrue([
      for stream in var.streams : coalesce(try(tonumber(stream.push.reconcile_hours), null), 0) <= 24 * var.journal_retention_days
    ])
    error_message = "journal_retention_days: ${join(", ", [for name, stream in var.streams : "stream ${name} has push.reconcile_hours = ${stream.push.reconcile_hours}" if coalesce(try(tonumber(stream.push.reconcile_hours), null), 0) > 24 * var.journal_retention_days])}, and the journal forgets deliveries after ${var.journal_retention_days} days (${24 * var.journal_retention_days} hours). A comparison leaves alone what is older than that, so what it is for wouldn't be found: compare more often, or keep the journal for longer."
  }
}

variable "kms_grants" {
  type        = bool
  description = <<-EOT
    Whether to make a KMS grant for each customer-managed key of this account that streams name (`kms_key_arn`,
    `bucket_kms_key_arn`): a key whose policy doesn't leave the account's roles to IAM lets the function in by it. Who
    applies needs `kms:CreateGrant`, `kms:ListGrants` and `kms:RevokeGrant` on the keys; false makes none. Null makes them
    where they are 100 at most. Keys of other accounts take the output `stream_key_statements`.
  EOT
  default     = null
}

variable "kms_key" {
  type = object({
    arn                     = optional(string)
    create                  = optional(bool, false)
    deletion_window_in_days = optional(number, 30)
  })
  description = <<-EOT
    One customer-managed KMS key for everything that the module makes: its buckets, the journal, the queues, the log group,
    the alarms' topic and the function's environment. Null leaves each to the key that AWS keeps for it.

    - `create`: makes the key, with its policy and the alias `alias/<name>` ($1 a month, and $0.03 per 10,000 requests).
    - `arn`: a key of yours instead. Its policy needs the statements of the output `kms_key_statements`, and has to let the
      account's IAM policies count, as a key's default policy does.
    - `deletion_window_in_days`: for how long a deleted key can be had back, 7 to 30 (30).

    Keys of buckets and secrets that exist already belong to the streams (`kms_key_arn`).
  EOT
  default     = null

  validation {
    condition     = alltrue([for key in var.kms_key[*] : key.create != (key.arn != null)])
    error_message = "kms_key makes a key (create = true) or takes one of yours (arn = \"arn:aws:kms:…\"): give exactly one of the two."
  }

  validation {
    condition     = try(var.kms_key.arn, null) == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.kms_key.arn))
    error_message = "kms_key.arn has to be the ARN of a KMS key: arn:aws:kms:REGION:ACCOUNT:key/ID. A policy can't name an alias."
  }

  validation {
    condition     = alltrue([for key in var.kms_key[*] : key.deletion_window_in_days == min(max(floor(key.deletion_window_in_days), 7), 30)])
    error_message = "kms_key.deletion_window_in_days has to be a whole number of days from 7 to 30, as KMS wants it."
  }
}

variable "maximum_concurrency" {
  type        = number
  description = "How many batches of arriving events are worked on at one time, over all streams. Connections to partners are bounded by `max_connections`, not by this. A new account may have as little as 10 of concurrency in a region: 5 leave room for polls and ticks."
  default     = 5
  nullable    = false

  # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
  validation {
    condition     = var.maximum_concurrency == min(max(floor(var.maximum_concurrency), 2), 1000)
    error_message = "maximum_concurrency has to be a whole number from 2 to 1000, as Lambda wants it for a queue. To bound the connections to a partner, set sftp.max_connections of its streams."
  }
}

variable "memory_size" {
  type        = number
  description = "Memory of the function in MB. CPU and network grow with it."
  default     = 512
  nullable    = false

  validation {
    condition     = var.memory_size == min(max(floor(var.memory_size), 256), 10240)
    error_message = "memory_size has to be a whole number of MB from 256 to 10240."
  }
}

variable "name" {
  type        = string
  description = "Name of the bridge. All that the module makes is called after it."
  nullable    = false

  # The bucket "<name>-config-<account id>-<region>" is what bounds it: 63 characters, of which a region takes up to 14.
  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,26}[a-z0-9])?$", var.name)) && !can(regex("^(xn--|sthree-|amzn-s3-demo-|aws)", var.name))
    error_message = "name has to be 1 to 28 lower-case letters, digits and hyphens, begin with a letter and end with a letter or digit, and may not begin with aws, xn--, sthree- or amzn-s3-demo-: names of buckets, rules and the function are made of it."
  }

  # A policy that names "<name>-push-*" would mean the rules of such a bridge as well.
  validation {
    condition     = !can(regex("-(poll|push|tick)(-|$)", var.name))
    error_message = "name (${var.name}): rules of a bridge of this name would be taken for those of a bridge called \"${try(regex("^(.*?)-(?:poll|push|tick)(?:-|$)", var.name)[0], "")}\", whose rules begin with ${try(regex("^(.*?-(?:poll|push|tick))(?:-|$)", var.name)[0], "")}-. Leave \"-poll\", \"-push\" and \"-tick\" out of the name, e.g. write them without the hyphen."
  }
}

variable "noncurrent_version_expiration_days" {
  type        = number
  description = "Days for which the module's buckets keep a version of an object that was replaced or deleted; null keeps it for ever. Never less than a push goes on trying, and a day (`retry_for_days`)."
  default     = 90

  validation {
    condition     = var.noncurrent_version_expiration_days == null ? true : var.noncurrent_version_expiration_days >= 1 && floor(var.noncurrent_version_expiration_days) == var.noncurrent_version_expiration_days
    error_message = "noncurrent_version_expiration_days has to be a whole number of days from 1 up, or null to keep old versions for ever."
  }
}

variable "permissions_boundary" {
  type        = string
  description = "ARN of the policy that bounds the function's role, where the account demands one."
  default     = null

  validation {
    condition     = var.permissions_boundary == null || can(regex("^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/.+$", var.permissions_boundary))
    error_message = "permissions_boundary has to be the ARN of an IAM policy: arn:aws:iam::ACCOUNT:policy/NAME."
  }
}

variable "role_path" {
  type        = string
  description = "IAM path of the function's role and policies."
  default     = "/"
  nullable    = false

  validation {
    condition     = can(regex("^/([!-.0-~]+/)*$", var.role_path)) && length(var.role_path) <= 512
    error_message = "role_path has to begin and end with a slash, e.g. \"/\" or \"/bridges/\"."
  }
}

variable "tags" {
  type        = map(string)
  description = "Tags of everything that the module makes, on top of the provider's default tags."
  default     = {}
  nullable    = false

  validation {
    condition     = length(var.tags) <= 50 && alltrue([for key, value in var.tags : can(regex("^.{1,128}$", key)) && !startswith(lower(key), "aws:") && length(coalesce(value, " ")) <= 256])
    error_message = "tags has at most 50 entries, with keys of 1 to 128 characters that don't begin with aws: and values of at most 256."
  }
}

variable "timeout" {
  type        = number
  description = "Seconds that one invocation may take. A file that needs longer goes on in the next one."
  default     = 900
  nullable    = false

  validation {
    condition     = var.timeout == min(max(floor(var.timeout), 30), 900)
    error_message = "timeout has to be a whole number of seconds from 30 to 900, which is the most that Lambda has."
  }
}
