locals {
  # A rule's name has 64 characters at most, which a stream's may have by itself: a long one is cut, and gets its hash.
  # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
  rule_names = {
    for name in keys(var.streams) : name => {
      for kind in ["poll", "push"] : kind => length("${var.name}-${kind}-${name}") <= 64 ? "${var.name}-${kind}-${name}" : format(
        "%s-%s", substr("${var.name}-${kind}-${name}", 0, 53), substr(sha256(name), 0, 10)
      )
    }
  }
}

# One instance per stream, not one typed map: a value that is unknown until apply puts off the checks of its own stream
# alone, `options` may differ in shape from stream to stream, and each message is about one stream.
module "stream" {
  for_each = var.streams
  source   = "./stream"

  calendars      = keys(var.calendars)
  alarms         = lookup(each.value, "alarms", {})
  default_bucket = var.default_bucket
  given          = each.value
  name           = each.key
  pull           = lookup(each.value, "pull", null)
  push           = lookup(each.value, "push", null)
  retry_for_days = lookup(each.value, "retry_for_days", null)
  sftp           = lookup(each.value, "sftp", null)
}

module "reports" {
  count  = var.reports == null ? 0 : 1
  source = "./reports"

  default_bucket = var.default_bucket
  given          = var.reports
  reports        = var.reports
  streams        = keys(var.streams)
}

locals {
  reports = one(module.reports[*].reports)

  streams = { for name, stream in module.stream : name => stream.stream }
}
