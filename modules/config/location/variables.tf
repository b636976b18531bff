variable "default_s3" {
  type        = string
  description = "`bucket/prefix` used where `s3` is null; null where the module makes no bucket."
  default     = null
}

variable "label" {
  type        = string
  description = "What error messages begin with, e.g. `Stream acme, push`."
  nullable    = false
}

variable "location" {
  type = object({
    bucket_owner = optional(string)
    exclude      = optional(list(string), [])
    include      = optional(list(string), [])
    kms_key_arn  = optional(string)
    s3           = optional(string)
    sftp         = optional(string, "")
  })
  description = "The two places that a push or a pull joins, and what is chosen below them."
  nullable    = false

  # ── the bucket ──
  validation {
    condition     = var.location.s3 != null || var.default_s3 != null
    error_message = "${var.label}.s3: missing, and the module makes no bucket. Give \"bucket\" or \"bucket/prefix\", or let create_bucket be true."
  }

  # Terraform prints the value of each attribute that a condition names, and an address may have a password or a signature in
  # it. So conditions go over the whole object, of which only the number of attributes is printed, and messages show a value
  # only where it can't be one.
  validation {
    condition     = alltrue([for field, value in var.location : length(regexall(local.patterns.address, value)) == 0 if field == "s3" && value != null])
    error_message = join("", [for s3 in var.location.s3[*] : "${var.label}.s3: \"${length(s3) > 576 ? local.patterns.not_shown : replace(s3, local.patterns.secret, local.patterns.not_shown)}\" is an address or an ARN. Write \"bucket\" or \"bucket/prefix\" alone, e.g. \"our-bucket/out/acme\"."])
  }

  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  validation {
    condition = alltrue([
      for field, value in var.location : can(regex(local.patterns.address, value)) || (
        can(regex("^[^/]{1,63}(/|$)", value)) &&
        can(regex(local.patterns.bucket, split("/", value)[0])) &&
        !can(regex(local.patterns.reserved_bucket, split("/", value)[0]))
      ) if field == "s3" && value != null
    ])
    error_message = join("", [for s3 in var.location.s3[*] : "${var.label}.s3: \"${length(s3) > 576 ? local.patterns.not_shown : replace(s3, local.patterns.secret, local.patterns.not_shown)}\" doesn't begin with the name of a bucket. A bucket has 3 to 63 lower-case letters, digits, dots and hyphens, begins and ends with a letter or digit, and is no IP address; write \"bucket\" or \"bucket/prefix\" without a leading slash."])
  }

  # ── the prefix ──
  validation {
    condition     = alltrue([for field, value in var.location : length(regexall("[^:]//|/\\.{1,2}(/|$)", value)) == 0 if field == "s3" && value != null])
    error_message = join("", [for s3 in var.location.s3[*] : "${var.label}.s3: \"${length(s3) > 576 ? local.patterns.not_shown : replace(s3, local.patterns.secret, local.patterns.not_shown)}\" has an empty, `.` or `..` segment in its prefix. Write every folder by its name, with one slash between, e.g. \"our-bucket/out/acme\"."])
  }

  # EventBridge compares a prefix literally, and IAM reads these as wildcards or variables: neither would mean this folder.
  validation {
    condition     = alltrue([for field, value in var.location : length(regexall("[*?]|\\$\\{", value)) == 0 if field == "s3" && value != null])
    error_message = join("", [for s3 in var.location.s3[*] : "${var.label}.s3: \"${length(s3) > 576 ? local.patterns.not_shown : replace(s3, local.patterns.secret, local.patterns.not_shown)}\" has a wildcard (* or ?) or a policy variable in it. A prefix is one folder; choose files below it with include and exclude."])
  }

  validation {
    condition     = alltrue([for field, value in var.location : length(regexall("[[:cntrl:]]|^\\s|\\s$|\\s/", value)) == 0 && length(value) <= 576 if field == "s3" && value != null])
    error_message = join("", [for s3 in var.location.s3[*] : "${var.label}.s3: \"${length(s3) > 576 ? local.patterns.not_shown : replace(s3, local.patterns.secret, local.patterns.not_shown)}\" has a control character, or a space at an end of a name, or is longer than 512 characters. Keys would differ from what you see, or leave no room for file names; correct the prefix."])
  }

  # ── the remote directory ──
  validation {
    condition     = alltrue([for field, value in var.location : length(regexall("(^|/)\\.{1,2}(/|$)", value)) == 0 if field == "sftp"])
    error_message = "${var.label}.sftp: \"${length(var.location.sftp) > 576 ? local.patterns.not_shown : replace(var.location.sftp, local.patterns.secret, local.patterns.not_shown)}\" has a `.` or `..` segment. Name the directory itself; leave sftp out for the directory that the log-in ends in."
  }

  validation {
    condition     = alltrue([for field, value in var.location : length(regexall("//|\\\\|[[:cntrl:]]|^\\s|\\s$|\\s/|^[A-Za-z][A-Za-z0-9+.-]*:", value)) == 0 if field == "sftp"])
    error_message = "${var.label}.sftp: \"${length(var.location.sftp) > 576 ? local.patterns.not_shown : replace(var.location.sftp, local.patterns.secret, local.patterns.not_shown)}\" is not a directory as SFTP writes it. Use single forward slashes, no control characters, no spaces at the ends of names and no sftp://host before it, e.g. \"outgoing/daily\"."
  }

  validation {
    condition     = alltrue([for field, value in var.location : length(regexall("^/?(~|\\$\\{?[A-Za-z_]|%[A-Za-z_]+%)", value)) == 0 if field == "sftp"])
    error_message = "${var.label}.sftp: \"${length(var.location.sftp) > 576 ? local.patterns.not_shown : replace(var.location.sftp, local.patterns.secret, local.patterns.not_shown)}\" begins with ~ or a variable, which a shell replaces and SFTP doesn't: the server would make a directory of that name. Paths are below the directory that the log-in ends in: write what comes after it (\"${length(var.location.sftp) > 576 ? local.patterns.not_shown : replace(replace(var.location.sftp, local.patterns.secret, local.patterns.not_shown), local.patterns.home, "")}\"), or leave sftp out for that directory itself."
  }

  validation {
    condition = alltrue([
      for field, value in var.location : try(alltrue([for name in split("/", value) : length(name) <= 255]) && length(value) <= 1024, true) if field == "sftp"
    ])
    error_message = "${var.label}.sftp: a name in it is longer than 255 characters, or the whole is longer than 1,024, which servers refuse. Give a shorter directory."
  }

  # ── what is chosen ──
  validation {
    condition = alltrue([
      for pattern in concat(var.location.include, var.location.exclude) : can(regex(local.patterns.pattern, pattern)) && !can(regex("//|(^|/)\\.{1,2}(/|$)|[[:cntrl:]]|^!", pattern))
    ])
    error_message = "${var.label}, include and exclude: a pattern is empty, begins or ends with a slash or begins with !, or has a control character or an empty, `.` or `..` segment: ${jsonencode(concat(var.location.include, var.location.exclude))}. Patterns match the path below the location, e.g. \"*.csv\" or \"daily/**\"; what should not match goes into exclude."
  }

  validation {
    condition = alltrue([
      for pattern in concat(var.location.include, var.location.exclude) : can(regex(local.patterns.closed, replace(replace(coalesce(pattern, "-"), local.patterns.escape_or_class, ""), "/[^{}\\[]/", "")))
    ])
    error_message = "${var.label}, include and exclude: a bracket or brace is left open in one of ${jsonencode(concat(var.location.include, var.location.exclude))}. Close it, or put a backslash before it to mean the character."
  }

  # Terraform prints the value of each attribute that a condition names, and somebody may have pasted a secret. So these go over
  # the whole object, of which only the number of attributes is printed, and no message repeats a value.
  validation {
    condition = alltrue([
      for field, value in var.location : value == null || can(regex(local.patterns.key_arn, value)) if field == "kms_key_arn"
    ])
    error_message = "${var.label}.kms_key_arn: what is given is not the ARN of a KMS key (it isn't shown, in case it is a secret). Give arn:aws:kms:REGION:ACCOUNT:key/ID; a policy can't name an alias."
  }

  validation {
    condition = alltrue([
      for field, value in var.location : value == null || can(regex("^[0-9]{12}$", value)) if field == "bucket_owner"
    ])
    error_message = "${var.label}.bucket_owner: what is given is not the number of an AWS account (it isn't shown, in case it is a secret). Give its 12 digits as a string, e.g. \"012345678901\" or data.aws_caller_identity.current.account_id; leave it out to take the bucket whoever owns it."
  }
}
