# One instance per stream, not one typed map: a value that is unknown until apply puts off the checks of its own stream
# alone, `options` may differ in shape from stream to stream, and each message is about one stream.
module "stream" {
  for_each = var.streams
  source   = "./stream"

  alarms         = lookup(each.value, "alarms", {})
  default_bucket = var.default_bucket
  given          = each.value
  name           = each.key
  pull           = lookup(each.value, "pull", null)
  push           = lookup(each.value, "push", null)
  retry_for_days = lookup(each.value, "retry_for_days", null)
  sftp           = lookup(each.value, "sftp", null)
}
