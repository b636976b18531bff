locals {
  # Each expression with what follows from it. Ten of a list are in the order of the list: its keys have one digit.
  timed = [for schedule in module.schedule : schedule.schedule]

  expected = flatten(module.expected[*].expected)

  # The places of a stream that goes both ways, which may not overlap.
  pairs = flatten([for pull in local.pull : [for push in local.push : { pull = pull, push = push }]])
}

output "stream" {
  description = "The stream, normalised: `access` (what its role needs, whose its buckets have to be, and whether files are changed on their way), `alarms` (their thresholds), `config` (what the function reads: snake_case, places resolved, secrets as references), `interval_seconds` (from one poll to the next, where the schedule is a rate), `roots` (the remote directories, for comparisons) `schedule` (null without a pull), `schedules` (each of its expressions, spread) and `scheduler` (whether EventBridge Scheduler runs them, and no rule)."
  value = {
    access = {
      pull_bucket_owner = one(local.pull[*].bucket_owner)
      pull_kms_key_arn  = one(local.pull[*].kms_key_arn)
      push_bucket_owner = one(local.push[*].bucket_owner)
      push_kms_key_arn  = one(local.push[*].kms_key_arn)
      secrets           = flatten(concat([for secret in module.secret : secret.secret.access], module.via[*].via.access, local.push[*].secrets, local.pull[*].secrets))
      staging = anytrue(concat(
        [for push in local.push : push.config.compress != null || push.config.pgp != null],
        [for pull in local.pull : pull.config.extract != null || pull.config.gate != null || pull.config.pgp != null],
      ))
    }
    alarms = local.alarms
    config = {
      counts         = !contains(var.alarms.off, "all") && !contains(var.alarms.off, "at-least") ? keys(local.alarms.at_least) : []
      expected       = local.expected
      pull           = one(local.pull[*].config)
      push           = one(local.push[*].config)
      retry_for_days = var.retry_for_days
      sftp           = merge(var.sftp, { host = local.host, via = one(module.via[*].via.config) }, { for field in ["certificate", "passphrase", "password", "private_key"] : field => one([for given, secret in module.secret : secret.secret.config if given == field]) })
    }
    interval_seconds = concat(local.timed[*].interval_seconds, [null])[0]
    roots            = merge(concat([for pull in local.pull : { pull = pull.root }], [for push in local.push : { push = push.root }])...)
    schedule         = length(local.pull) == 0 ? null : join(", ", local.timed[*].expression)
    schedules = [
      for timed in local.timed : { expression = timed.spread, interval_seconds = timed.interval_seconds, time_zone = local.pull[0].time_zone }
    ]
    # Rules know no time zone, and each expression would need one of its own, of which a bus has 300.
    scheduler = length(local.schedules) > 1 ? true : contains(flatten([for pull in var.pull[*] : keys(pull)]), "time_zone") ? anytrue([
      for timed in local.timed : local.pull[0].time_zone != "UTC" && startswith(timed.expression, "cron(")
    ]) : false
  }

  precondition {
    condition     = length(local.sides) > 0
    error_message = "Stream ${var.name}: neither push nor pull, so nothing would move. Give push (S3 → SFTP), pull (SFTP → S3) or both."
  }

  precondition {
    condition = alltrue([
      for pair in local.pairs : pair.push.config.bucket != pair.pull.config.bucket || !(
        startswith(pair.push.config.prefix, pair.pull.config.prefix) || startswith(pair.pull.config.prefix, pair.push.config.prefix)
      )
    ])
    error_message = join("", [
      for pair in local.pairs : "Stream ${var.name}: push.s3 (${pair.push.config.bucket}/${pair.push.config.prefix}) and pull.s3 (${pair.pull.config.bucket}/${pair.pull.config.prefix}) overlap, so pulled files would be sent back. Give each a prefix of its own, e.g. out/${var.name} and in/${var.name}."
    ])
  }

  precondition {
    condition = alltrue([for pair in local.pairs : !startswith(pair.push.root, pair.pull.root) && !startswith(pair.pull.root, pair.push.root)])
    error_message = join("", [
      for pair in local.pairs : "Stream ${var.name}: push.sftp (\"${pair.push.config.directory}\") and pull.sftp (\"${pair.pull.config.directory}\") overlap, so pushed files would be pulled back. Give each a directory of its own that is not inside the other; left out, it is the log-in directory, which holds all."
    ])
  }

  precondition {
    condition     = length(local.schedules) <= 10 && length(distinct(local.schedules)) == length(local.schedules)
    error_message = "Stream ${var.name}, pull.schedule: a list has at most 10 expressions, each of them once, and this one has ${length(local.schedules)}. Lists in a cron expression say more with fewer: cron(0 6,12,18 * * ? *)."
  }

  precondition {
    condition     = alltrue([for via in module.via[*].via.config : via.host != local.host || via.port != var.sftp.port])
    error_message = "Stream ${var.name}, sftp.via: it is the partner itself (${local.host}:${var.sftp.port}), and a connection can't go through where it goes to. Correct one of the two."
  }

  precondition {
    condition     = alltrue([for algorithms in [lookup(var.sftp.options, "algorithms", null)] : can(keys(algorithms)) && length(setsubtract(keys(local.option_algorithms), local.ssh2.algorithm_kinds)) == 0 if algorithms != null])
    error_message = "Stream ${var.name}, sftp.options.algorithms: it is an object of ${join(", ", local.ssh2.algorithm_kinds)}, each a list of names or { append = […], prepend = […], remove = […] }; unknown: ${join(", ", [for kind in keys(local.option_algorithms) : kind if !contains(local.ssh2.algorithm_kinds, kind)])}."
  }

  precondition {
    condition = alltrue([
      for list in local.algorithm_lists : contains(concat([""], local.ssh2.algorithm_change), try(split(".", list.place)[1], "")) && length(list.names) > 0 && alltrue([
        for name in list.names : can(regex("^[a-z0-9][a-z0-9@.+-]*$", name))
      ])
    ])
    error_message = "Stream ${var.name}, sftp.options.algorithms: ${join(", ", local.algorithm_lists[*].place)}: each is a list of at least one name, as in { cipher = [\"aes256-gcm@openssh.com\"] }, or changes ssh2's own list by append, prepend and remove, as in { kex = { append = [\"diffie-hellman-group14-sha1\"] } }."
  }
}
