data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

locals {
  bucket_name = var.bucket_name == null ? "${var.name}-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.region}" : var.bucket_name

  # Pushes and pulls as the user wrote them, only to see whether `s3` is left out.
  sides = flatten([for stream in var.streams : [for side in ["pull", "push"] : lookup(stream, side, null)]])

  create_bucket = var.create_bucket == null ? var.bucket_name != null || anytrue(concat(
    [for side in local.sides : lookup(side, "s3", null) == null if side != null],
    [for reports in var.reports[*] : try(reports.s3, null) == null],
  )) : var.create_bucket

  events = var.events == null ? null : {
    bus_arn = try(var.events.bus_arn, null)
    on      = sort(distinct(try(var.events.on, null) == null ? ["delivered", "failed", "gone", "host_key", "skipped"] : [for ending in var.events.on : tostring(ending)]))
  }

  monitoring_defaults = {
    alarms           = true
    create_topic     = length(coalesce(lookup(var.monitoring, "topic_arns", null), [])) == 0
    dashboard        = true
    email_addresses  = []
    kms_key_arn      = local.kms_key == null ? null : local.kms_key.arn
    off              = []
    ok_notifications = true
    queries          = true
    runbook_url      = "${local.release_repository}/blob/v${local.release_version}/docs/runbook.md"
    topic_arns       = []
  }

  # What the function itself connects to: a partner, or the proxy or jump host in front of it.
  destinations = [
    for stream in module.config.streams : {
      host   = stream.config.sftp.via == null ? stream.config.sftp.host : stream.config.sftp.via.host
      port   = stream.config.sftp.via == null ? stream.config.sftp.port : stream.config.sftp.via.port
      ranges = stream.config.sftp.via == null ? stream.config.sftp.allowed_addresses : null
    }
  ]

  # An object, which is known in the plan to be there or not, also where its ARN isn't.
  kms_key = one([for key in module.key : { arn = key.arn }])

  # A push sends an object's own version where the object has been deleted since, for as long as it is tried again.
  old_version_days = var.noncurrent_version_expiration_days == null ? null : max(var.noncurrent_version_expiration_days, [for stream in module.config.streams : stream.config.retry_for_days + 1]...)

  # A multipart upload that goes on over days, because a partner is slow or down, has to outlive its retries.
  abort_uploads_after_days = max(7, [for stream in module.config.streams : stream.config.retry_for_days + 1]...)
}

module "config" {
  source = "./modules/config"

  account_id     = data.aws_caller_identity.current.account_id
  calendars      = var.calendars
  default_bucket = local.create_bucket ? local.bucket_name : null
  name           = var.name
  reports        = var.reports
  streams        = var.streams
}

module "key" {
  count  = var.kms_key == null ? 0 : 1
  source = "./modules/key"

  arn                     = var.kms_key.arn
  create                  = var.kms_key.create
  deletion_window_in_days = var.kms_key.deletion_window_in_days
  name                    = var.name
  tags                    = var.tags
}

module "bucket" {
  count  = local.create_bucket ? 1 : 0
  source = "./modules/bucket"

  abort_incomplete_uploads_after_days = local.abort_uploads_after_days
  force_destroy                       = var.force_destroy
  kms_key_arn                         = local.kms_key == null ? null : local.kms_key.arn
  name                                = local.bucket_name
  noncurrent_version_expiration_days  = local.old_version_days
  tags                                = var.tags
}

module "egress" {
  count  = var.egress == null ? 0 : 1
  source = "./modules/egress"

  allocation_ids = var.egress.allocation_ids
  cidr_block     = var.egress.cidr_block
  destinations   = local.destinations
  name           = var.name
  nat_per_zone   = var.egress.nat_per_zone
  tags           = var.tags
  zones          = var.egress.zones
}

module "vpc" {
  count  = var.vpc == null ? 0 : 1
  source = "./modules/vpc"

  check_routes       = var.vpc.check_routes
  security_group_ids = var.vpc.security_group_ids
  subnet_ids         = var.vpc.subnet_ids
}

module "function" {
  source = "./modules/function"

  architecture           = var.architecture
  bucket_name            = local.create_bucket ? local.bucket_name : null
  config_json            = module.config.json
  deletion_protection    = var.deletion_protection
  events                 = local.events
  journal_retention_days = var.journal_retention_days
  kms_key                = local.kms_key
  log_level              = var.log_level
  log_retention_days     = var.log_retention_days
  maximum_concurrency    = var.maximum_concurrency
  memory_size            = var.memory_size
  metric_namespace       = coalesce(var.metric_namespace, var.name)
  name                   = var.name
  old_version_days       = local.old_version_days
  package                = "${path.module}/lambda/dist/bridge.zip"
  permissions_boundary   = var.permissions_boundary
  reports                = module.config.reports
  role_path              = var.role_path
  schedule_rules         = var.schedule_rules
  streams                = module.config.streams
  tags                   = var.tags
  timeout                = var.timeout
  vpc                    = one(concat(module.egress, module.vpc)[*].network)
}

module "grants" {
  source = "./modules/grants"

  kms_grants = var.kms_grants
  name       = var.name
  own_bucket = local.create_bucket ? local.bucket_name : null
  reports    = module.config.reports
  role_arn   = module.function.role_arn
  streams    = module.config.streams
}

module "monitoring" {
  source = "./modules/monitoring"

  events         = var.events != null
  function_name  = module.function.function_name
  log_group_name = module.function.log_group_name
  name           = var.name
  namespace      = coalesce(var.metric_namespace, var.name)
  queue_names    = module.function.queue_names
  settings       = merge(local.monitoring_defaults, { for key, value in var.monitoring : key => value if value != null })
  tags           = var.tags
  tick_rule_name = module.function.tick_rule_name
  widget_arn     = module.function.read_arn

  streams = {
    for name, stream in module.config.streams : name => {
      alarms  = stream.alarms
      partner = "${stream.config.sftp.username}@${stream.config.sftp.host}:${stream.config.sftp.port}"
      # By name, as modules/stream makes them: whether there is one has to be known before anything is made.
      rules = {
        poll = stream.config.pull == null ? null : stream.rule_names.poll
        # Scheduler counts by group, and what it can't deliver goes to the queue `undelivered`, which has an alarm.
        scheduler = stream.scheduler
        push      = stream.config.push == null ? null : stream.rule_names.push
      }
    }
  }
}

module "stream" {
  for_each = module.config.streams
  source   = "./modules/stream"

  bridge     = module.function.bridge
  name       = each.key
  pull       = each.value.config.pull == null || each.value.scheduler ? null : { interval_seconds = each.value.schedules[0].interval_seconds, schedule = each.value.schedules[0].expression }
  push       = each.value.config.push
  rule_names = each.value.rule_names
  tags       = var.tags
}

# Schedules in a time zone, and lists of them. Only where a stream has some.
module "schedules" {
  count  = anytrue([for stream in module.config.streams : stream.scheduler]) ? 1 : 0
  source = "./modules/schedules"

  bridge               = module.function.bridge
  kms_key_arn          = local.kms_key == null ? null : local.kms_key.arn
  name                 = var.name
  permissions_boundary = var.permissions_boundary
  role_path            = var.role_path
  tags                 = var.tags
  streams              = { for name, stream in module.config.streams : name => stream.schedules if stream.scheduler }
}

# Only for buckets that the user names for it: this takes over the bucket's whole notification configuration.
resource "aws_s3_bucket_notification" "existing" {
  for_each = var.enable_eventbridge_on_buckets

  bucket      = each.key
  eventbridge = true

  lifecycle {
    precondition {
      condition     = !(local.create_bucket && each.key == local.bucket_name)
      error_message = "enable_eventbridge_on_buckets: \"${each.key}\" is the module's own bucket, which sends its events already. Take it out of the list."
    }

    precondition {
      condition     = contains([for stream in module.config.streams : stream.config.push.bucket if stream.config.push != null], each.key)
      error_message = "enable_eventbridge_on_buckets: no push takes from \"${each.key}\", so its notifications would be replaced for nothing. Take it out of the list, or name it in a push."
    }
  }
}

# A warning, not an error: what is permitted is still what the bridge is for, only not by name.
check "exact_policies" {
  assert {
    condition     = length(module.function.widened) == 0
    error_message = "Some policies permit more than they would need to (output `widened`): ${join(" ", module.function.widened)}"
  }
}
