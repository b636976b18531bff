output "bucket_owners" {
  description = "By bucket of the streams and their private keys, the account that it has to belong to; null where none is said, so that nothing is compared."
  value       = { for bucket, owners in local.owners_said : bucket => one(slice(owners, 0, min(1, length(owners)))) }
}

output "json" {
  description = "The configuration object that the function reads. Carries references to secrets, never a secret."
  value = jsonencode(merge(
    { version = 1, streams = { for name, stream in local.streams : name => stream.config } },
    length(var.calendars) == 0 ? {} : { calendars = var.calendars },
    length(local.bucket_owners) == 0 ? {} : { bucket_owners = local.bucket_owners },
    local.reports == null ? {} : { reports = { for key, value in local.reports : key => value if key != "bucket_owner" } },
  ))

  precondition {
    condition     = alltrue([for owners in values(local.owners_said) : length(owners) < 2])
    error_message = "bucket_owner: ${join("; ", [for bucket, owners in local.owners_said : "${bucket} can't be of ${join(" and ", owners)} at once (${join("; ", [for use in local.uses_of[bucket] : use.label if use.owner != null])}${bucket == var.default_bucket ? "; it is the module's own bucket" : ""})" if length(owners) > 1])}. A bucket has one owner: give the same account everywhere, and none for the module's own bucket."
  }
}

output "reports" {
  description = "Where daily reports go: `bucket`, `prefix`, `kms_key_arn` and what the function reads beside; null where there are none."
  value       = local.reports

  precondition {
    condition     = length(local.report_overlaps) == 0
    error_message = "reports: its place, \"${try("${local.reports.bucket}/${local.reports.prefix}", "")}\", and ${join(" and ", local.report_overlaps)} are one inside the other: reports would be sent to the partner, or be replaced by a partner's files. Give reports.s3 a prefix of its own, e.g. \"our-bucket/reports\"."
  }
}

output "streams" {
  description = "The streams, normalised: `alarms` (their thresholds), `config` (what the function reads), `access` (what its role needs), `schedule`, `schedules`, `scheduler`, `interval_seconds` and `rule_names` (what its rules need)."
  value       = { for name, stream in local.streams : name => merge(stream, { rule_names = local.rule_names[name] }) }

  precondition {
    condition     = length(local.overlaps.bucket) == 0
    error_message = "Streams ${join("; ", local.overlaps.bucket)}: the pulls write to the same place, so files of one name would replace each other. Give each pull an s3 prefix that is not inside another's."
  }

  precondition {
    condition     = length(local.overlaps.remote) == 0
    error_message = "Streams ${join("; ", local.overlaps.remote)}: one partner, and one directory is inside the other, so files would replace each other, be pulled twice or come back. Give each stream a directory of its own, or include patterns with different endings."
  }

  precondition {
    condition     = alltrue([for fields in values(local.differences) : length(fields) == 0])
    error_message = "Streams with one partner differ in how to connect: ${join("; ", [for partner, fields in local.differences : "${join(" and ", local.streams_of[partner])} (${partner}) in ${join(", ", fields)}" if length(fields) > 0])}. Their files share the partner's connections, which can have one setting only: give all of them the same."
  }
}
