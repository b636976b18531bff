# Whom the bridge tells of files that have ended, and of host keys that servers announce.
variable "events" {
  type        = any
  description = <<-EOT
    Sends an event to EventBridge for each file that ends; `{}` is enough. Null sends none. Its source is `<name>.bridge`, its
    detail-type `Push Delivered`, `Pull Failed` and so on; the output `event_schema` describes the rest, `examples/events` uses it.

    - `bus_arn`: the bus that gets them, also of another account or region, whose policy then has to let the role in
      (output `role_arn`). Left out, it is the account's default bus.
    - `on`: what is told: `delivered`, `failed`, `skipped` (came from this partner) and `gone` (removed before it
      could be read) of files, and `host_key`: that a server has announced a host key that isn't pinned; left out, all.

    An event is sent at least once: a repetition has the same `detail.revision`. No transfer waits for it: what the bus
    doesn't take stays in the journal, is sent again each minute, and raises the alarm `unsent-events`. What it costs is in docs/cost.md.
  EOT
  default     = null

  validation {
    condition     = var.events == null || (can(keys(var.events)) && length(setsubtract(try(keys(var.events), []), ["bus_arn", "on"])) == 0)
    error_message = "events: it has to be an object, and knows only bus_arn and on. Leave it out to send no events; {} sends all to the default bus."
  }

  validation {
    condition     = try(var.events.bus_arn, null) == null || can(regex("^arn:aws[a-z-]*:events:[a-z0-9-]+:[0-9]{12}:event-bus/[A-Za-z0-9._/-]{1,256}$", var.events.bus_arn))
    error_message = "events.bus_arn has to be the ARN of an event bus: arn:aws:events:REGION:ACCOUNT:event-bus/NAME. A name alone doesn't say whose it is; leave it out for the account's default bus."
  }

  # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-saas.html: partners alone put events on such a bus
  validation {
    condition     = !can(regex(":event-bus/aws\\.partner/", try(var.events.bus_arn, "")))
    error_message = "events.bus_arn is the bus of a partner of AWS, which takes events of that partner alone. Name a bus of your own."
  }

  validation {
    condition     = try(var.events.on, null) == null || (can(tolist(var.events.on)) && length(setsubtract(try(toset(var.events.on), ["none"]), ["delivered", "failed", "gone", "host_key", "skipped"])) == 0)
    error_message = "events.on lists what is told: delivered, failed, skipped, gone, host_key. Leave it out for all."
  }

  validation {
    condition     = try(var.events.on, null) == null || length(try(var.events.on, [])) > 0
    error_message = "events.on is empty, so that no event would ever be sent. Name what is to be told (delivered, failed, skipped, gone, host_key), or leave `events` out."
  }
}
