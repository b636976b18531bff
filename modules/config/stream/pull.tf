variable "pull" {
  type = object({
    after              = optional(string, "move")
    exclude            = optional(list(string), [])
    include            = optional(list(string), [])
    kms_key_arn        = optional(string)
    min_age_seconds    = optional(number, 0)
    retention_days     = optional(number, 14)
    s3                 = optional(string)
    schedule           = optional(string, "")
    sftp               = optional(string, "")
    temporary_suffixes = optional(list(string), [".filepart", ".inprogress", ".part", ".partial", ".swp", ".temp", ".tmp", ".uploading"])
  })
  description = "SFTP → S3: files below `sftp` go to `s3` on a schedule."
  default     = null

  validation {
    condition     = var.pull == null ? true : length(setsubtract(local.given_keys.pull, keys(var.pull))) == 0
    error_message = "Stream ${var.name}, pull: unknown key ${join(", ", setsubtract(local.given_keys.pull, try(keys(var.pull), [])))}. Known keys: ${join(", ", try(keys(var.pull), []))}."
  }

  validation {
    condition     = var.pull == null ? true : contains(["delete", "keep", "move"], var.pull.after)
    error_message = "Stream ${var.name}, pull.after: \"${try(var.pull.after, "")}\" is unknown. Give \"move\" (into .done beside the file), \"delete\" or \"keep\" (for servers where we may only read)."
  }

  validation {
    condition     = var.pull == null ? true : var.pull.retention_days >= 1 && var.pull.retention_days <= 3650 && floor(var.pull.retention_days) == var.pull.retention_days
    error_message = "Stream ${var.name}, pull.retention_days: ${try(var.pull.retention_days, 0)} is not a whole number from 1 to 3650. It is how long a file stays in .done; to keep none, set after = \"delete\"."
  }

  validation {
    condition     = var.pull == null ? true : var.pull.min_age_seconds >= 0 && var.pull.min_age_seconds <= 86400 && floor(var.pull.min_age_seconds) == var.pull.min_age_seconds
    error_message = "Stream ${var.name}, pull.min_age_seconds: ${try(var.pull.min_age_seconds, 0)} is not a whole number from 0 to 86400 (a day)."
  }

  validation {
    condition = var.pull == null ? true : alltrue([
      for suffix in var.pull.temporary_suffixes : suffix == null ? false : can(regex("^[^/[:cntrl:]]{1,64}$", suffix))
    ])
    error_message = "Stream ${var.name}, pull.temporary_suffixes: ${jsonencode(try(var.pull.temporary_suffixes, []))} has an empty suffix (which every name ends in), a slash, a control character or more than 64 characters. Give endings of file names such as \".tmp\"; [] turns the check off."
  }

  validation {
    condition     = var.pull == null ? true : !contains(split("/", var.pull.sftp), ".done")
    error_message = "Stream ${var.name}, pull.sftp: \"${try(var.pull.sftp, "")}\" is inside .done, which holds what was pulled already. Give the directory that the partner writes to; to pull a file again, copy it out of .done."
  }

  # ── the schedule ──
  validation {
    condition     = var.pull == null ? true : var.pull.schedule != ""
    error_message = "Stream ${var.name}, pull.schedule: missing. Say how often to look, e.g. schedule = \"rate(5 minutes)\" or \"cron(0 6 * * ? *)\" (UTC)."
  }

  validation {
    condition     = try(var.pull.schedule, "") == "" ? true : can(regex("^(rate|cron)\\([^()]*\\)$", var.pull.schedule))
    error_message = "Stream ${var.name}, pull.schedule: \"${try(var.pull.schedule, "")}\" is neither rate(…) nor cron(…). Give e.g. \"rate(5 minutes)\", or \"cron(0 6 * * ? *)\" for 06:00 UTC every day."
  }

  validation {
    condition     = startswith(try(var.pull.schedule, ""), "rate(") ? can(regex(local.rate_pattern, var.pull.schedule)) : true
    error_message = "Stream ${var.name}, pull.schedule: \"${try(var.pull.schedule, "")}\" is not a rate. It takes a whole number from 1 up and minutes, hours or days, in the singular after 1: rate(1 minute), rate(5 minutes), rate(1 day)."
  }

  validation {
    condition     = startswith(try(var.pull.schedule, ""), "cron(") ? can(regex("^cron\\(\\S+( \\S+){5}\\)$", var.pull.schedule)) : true
    error_message = "Stream ${var.name}, pull.schedule: \"${try(var.pull.schedule, "")}\" does not have six fields with one space between: minutes hours day-of-month month day-of-week year. A crontab line has five: add a year (*), and put ? for one of the days."
  }

  validation {
    condition = startswith(try(var.pull.schedule, ""), "cron(") ? alltrue([
      for i, field in split(" ", trimsuffix(trimprefix(var.pull.schedule, "cron("), ")")) : can(regex(local.cron_patterns[i], field)) if i < 6
    ]) : true
    error_message = "Stream ${var.name}, pull.schedule: \"${try(var.pull.schedule, "")}\" has a value that its field can't have. Minutes 0-59, hours 0-23, day of month 1-31 (or ?, L, 15W), month 1-12 or JAN-DEC, day of week 1-7 or SUN-SAT (or ?, 6L, 2#1), year 1970-2199; lists (,), ranges (-) and steps (/, from 1 up) of these, or *."
  }

  validation {
    condition     = can(regex("^cron\\(\\S+( \\S+){5}\\)$", try(var.pull.schedule, ""))) ? can(regex(local.one_day_pattern, var.pull.schedule)) : true
    error_message = "Stream ${var.name}, pull.schedule: \"${try(var.pull.schedule, "")}\" needs ? in exactly one of day of month and day of week: EventBridge goes by one of them."
  }
}
