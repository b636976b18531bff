locals {
  push = var.push == null ? null : {
    bucket          = module.location["push"].bucket
    directory       = module.location["push"].directory
    exclude         = var.push.exclude
    include         = var.push.include
    prefix          = module.location["push"].prefix
    reconcile_hours = var.push.reconcile_hours
    upload          = var.push.upload
    verify          = var.push.verify
  }

  pull = var.pull == null ? null : {
    after              = var.pull.after
    bucket             = module.location["pull"].bucket
    directory          = module.location["pull"].directory
    exclude            = var.pull.exclude
    include            = var.pull.include
    min_age_seconds    = var.pull.min_age_seconds
    prefix             = module.location["pull"].prefix
    retention_days     = var.pull.retention_days
    temporary_suffixes = var.pull.temporary_suffixes
  }

  # The remote directories as paths that end in a slash, so that one is inside the other exactly if it begins with it.
  # The log-in directory is written as /~/, because where it lies below the root isn't known here.
  roots = {
    for side, location in module.location : side => (
      startswith(location.directory, "/") ? "${trimsuffix(location.directory, "/")}/" : "/~/${location.directory}${location.directory == "" ? "" : "/"}"
    )
  }
}

output "access" {
  description = "What the function's role needs for this stream, and nothing that the function reads."
  value = {
    pull_kms_key_arn = var.pull == null ? null : var.pull.kms_key_arn
    push_kms_key_arn = var.push == null ? null : var.push.kms_key_arn
    secrets          = flatten([for secret in values(module.secret) : concat([secret.access], secret.bucket_access)])
  }
}

output "config" {
  description = "The stream as the function's configuration carries it: snake_case, places resolved, secrets as references."
  value = {
    counts = [for side in ["pull", "push"] : side if try(var.alarms.at_least[side], null) != null && length(setintersection(var.alarms.off, ["all", "at-least"])) == 0]
    expected = [
      for file in var.alarms.expected : merge(file, { direction = file.direction == null ? keys(local.sides)[0] : file.direction })
    ]
    pull           = local.pull
    push           = local.push
    retry_for_days = var.retry_for_days
    sftp = {
      connect_timeout_seconds   = var.sftp.connect_timeout_seconds
      host                      = var.sftp.host
      host_keys                 = var.sftp.host_keys
      insecure_ignore_host_key  = var.sftp.insecure_ignore_host_key
      max_connections           = var.sftp.max_connections
      operation_timeout_seconds = var.sftp.operation_timeout_seconds
      options                   = var.sftp.options
      passphrase                = one([for field, secret in module.secret : secret.config if field == "passphrase"])
      password                  = one([for field, secret in module.secret : secret.config if field == "password"])
      port                      = var.sftp.port
      private_key               = one([for field, secret in module.secret : secret.config if field == "private_key"])
      username                  = var.sftp.username
    }
  }

  precondition {
    condition     = length(local.sides) > 0
    error_message = "Stream ${var.name}: neither push nor pull, so nothing would move. Give push (S3 → SFTP), pull (SFTP → S3) or both."
  }

  precondition {
    condition = length(local.sides) < 2 ? true : local.push.bucket != local.pull.bucket || !(
      startswith(local.push.prefix, local.pull.prefix) || startswith(local.pull.prefix, local.push.prefix)
    )
    error_message = "Stream ${var.name}: push.s3 (${try(local.push.bucket, "")}/${try(local.push.prefix, "")}) and pull.s3 (${try(local.pull.bucket, "")}/${try(local.pull.prefix, "")}) overlap, so pulled files would be sent back. Give each a prefix of its own, e.g. out/${var.name} and in/${var.name}."
  }

  precondition {
    condition     = length(local.sides) < 2 ? true : !startswith(local.roots.push, local.roots.pull) && !startswith(local.roots.pull, local.roots.push)
    error_message = "Stream ${var.name}: push.sftp (\"${try(local.push.directory, "")}\") and pull.sftp (\"${try(local.pull.directory, "")}\") overlap, so pushed files would be pulled back. Give each a directory of its own that is not inside the other; left out, it is the log-in directory, which holds all."
  }

  precondition {
    condition     = !local.cron_never
    error_message = "Stream ${var.name}, pull.schedule: \"${try(var.pull.schedule, "")}\" never comes: no such day in its months, or its years are over. For the last day of a month write L."
  }

  precondition {
    condition     = local.interval_seconds == null ? true : var.pull.min_age_seconds < local.interval_seconds
    error_message = "Stream ${var.name}, pull.min_age_seconds: ${try(var.pull.min_age_seconds, 0)} s is not shorter than the schedule's ${coalesce(local.interval_seconds, 0)} s, so a file would be passed over at least once for no reason. Give a smaller age or a longer schedule."
  }

  precondition {
    condition     = try(var.sftp.options.algorithms, null) == null ? true : can(keys(var.sftp.options.algorithms)) && length(setsubtract(keys(local.option_algorithms), local.algorithm_kinds)) == 0
    error_message = "Stream ${var.name}, sftp.options.algorithms: it is an object of ${join(", ", local.algorithm_kinds)}, each a list of names or { append = […], prepend = […], remove = […] }; unknown: ${join(", ", setsubtract(keys(local.option_algorithms), local.algorithm_kinds))}."
  }

  precondition {
    condition = try(var.sftp.options.algorithms, null) == null ? true : alltrue([
      for list in local.algorithm_lists : contains(concat([""], local.algorithm_change), try(split(".", list.place)[1], "")) && length(list.names) > 0 && alltrue([
        for name in list.names : can(regex("^[a-z0-9][a-z0-9@.+-]*$", name))
      ])
    ])
    error_message = "Stream ${var.name}, sftp.options.algorithms: ${join(", ", local.algorithm_lists[*].place)}: each is a list of at least one name, as in { cipher = [\"aes256-gcm@openssh.com\"] }, or changes ssh2's own list by append, prepend and remove, as in { kex = { append = [\"diffie-hellman-group14-sha1\"] } }."
  }
}

output "interval_seconds" {
  description = "Seconds from one poll to the next, where the schedule is a rate."
  value       = local.interval_seconds
}

output "roots" {
  description = "The remote directory of each side as a path that ends in a slash; the log-in directory is /~/."
  value       = local.roots
}

output "schedule" {
  description = "The pull's schedule; null without a pull."
  value       = var.pull == null ? null : var.pull.schedule
}
