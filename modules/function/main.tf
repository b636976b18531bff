data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.region

  kms_key_arn = var.kms_key == null ? null : var.kms_key.arn

  # Whom the function tells of files that end. The endpoint is said, as the bus may be in another region.
  bus_arns = [for events in var.events[*] : events.bus_arn == null ? "arn:${local.partition}:events:${local.region}:${local.account_id}:event-bus/default" : events.bus_arn]

  # Written out, because the function waits for the role, whose policies name it.
  function_arn = "arn:${local.partition}:lambda:${local.region}:${local.account_id}:function:${var.name}"
  rules_arn    = "arn:${local.partition}:events:${local.region}:${local.account_id}:rule/${var.name}"
}

resource "aws_cloudwatch_log_group" "this" {
  # checkov:skip=CKV_AWS_158: without kms_key CloudWatch encrypts logs by itself; they carry names of files, no content and no secret
  # checkov:skip=CKV_AWS_338: how long logs are kept is the user's decision; the audit trail is the journal
  name              = "/aws/lambda/${var.name}"
  kms_key_id        = local.kms_key_arn
  retention_in_days = var.log_retention_days
  tags              = var.tags
}

# Whether the function is in a network. The provider leaves a network out of its plan that comes to a function that had none,
# while the network's IDs aren't known yet, and then fails in the apply ("Provider produced inconsistent final plan",
# https://github.com/hashicorp/terraform-provider-aws/issues/34913: vpc_config's DiffSuppressFunc in internal/service/lambda/function.go).
# So the function is made anew then, with what AWS deletes along with it; the journal and the queue keep what comes meanwhile.
resource "terraform_data" "network" {
  input = var.vpc == null ? "none" : "vpc"
}

resource "aws_lambda_function" "this" {
  # checkov:skip=CKV_AWS_50: the log lines and the journal trace every file; X-Ray would add a cost per request
  # checkov:skip=CKV_AWS_115: a reserved concurrency would take from the account's; the event source bounds itself
  # checkov:skip=CKV_AWS_116: a lost poll or tick is made up for by the next; what must not be lost waits in queue and journal
  # checkov:skip=CKV_AWS_117: in a VPC where the user wants one (egress, vpc), which costs a NAT gateway
  # checkov:skip=CKV_AWS_173: no environment variable is a secret
  # checkov:skip=CKV_AWS_272: the zip is part of the module, and its hash is in the plan
  function_name    = var.name
  description      = "Moves files between S3 and SFTP for ${length(var.streams)} streams."
  role             = aws_iam_role.this.arn
  filename         = var.package
  source_code_hash = filebase64sha256(var.package)
  handler          = "index.handler"
  runtime          = "nodejs24.x"
  architectures    = [var.architecture]
  kms_key_arn      = local.kms_key_arn
  memory_size      = var.memory_size
  timeout          = var.timeout
  tags             = var.tags

  environment {
    variables = merge({
      for bus in local.bus_arns : "BRIDGE_EVENTS" => jsonencode({
        bus      = bus
        endpoint = "https://events.${split(":", bus)[3]}.${local.dns_suffix}"
        on       = var.events.on
      })
      }, {
      BRIDGE_ACCOUNT_ID            = local.account_id
      BRIDGE_CONFIG_BUCKET         = module.config_bucket.name
      BRIDGE_CONFIG_KEY            = aws_s3_object.config.key
      BRIDGE_DEAD_LETTER_QUEUE_URL = aws_sqs_queue.dead_letters.url
      BRIDGE_DELIVERED_TTL_DAYS    = var.journal_retention_days
      BRIDGE_METRIC_NAMESPACE      = var.metric_namespace
      BRIDGE_NAME                  = var.name
      BRIDGE_QUEUE_URL             = aws_sqs_queue.events.url
      BRIDGE_TABLE                 = aws_dynamodb_table.journal.name
      BRIDGE_UNDELIVERED_QUEUE_URL = aws_sqs_queue.undelivered.url
      # One pool of memory for all threads, so that what one has freed serves the others.
      MALLOC_ARENA_MAX = 1
      # What is made for a WRITE (255 KiB) and for a part of an upload (5 MiB) goes back to the system, instead of leaving holes;
      # glibc's mallopt(3).
      MALLOC_MMAP_THRESHOLD_ = 131072
      MALLOC_TRIM_THRESHOLD_ = 4194304
      # The function says when V8 collects: buffers lie outside its heap. Lambda's own command line has the sizes of the heap
      # (--max-semi-space-size, --max-old-space-size), and wins over what stands here.
      NODE_OPTIONS            = "--expose-gc"
      POWERTOOLS_LOG_LEVEL    = var.log_level
      POWERTOOLS_SERVICE_NAME = var.name
      }, var.vpc == null ? {} : {
      # For the messages of connections that get no answer.
      BRIDGE_VPC = "subnets ${join(", ", var.vpc.subnet_ids)}; security groups ${join(", ", var.vpc.security_group_ids)}"
    })
  }

  # Text, because the function writes its JSON and metric lines itself: in JSON format the runtime would wrap and escape them.
  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.this.name
  }

  dynamic "vpc_config" {
    for_each = var.vpc == null ? [] : [var.vpc]

    content {
      security_group_ids = vpc_config.value.security_group_ids
      subnet_ids         = vpc_config.value.subnet_ids
    }
  }

  # The log group and the role's permissions are there before the function and go after it. Otherwise an invocation that
  # is still running makes the log group again, owned by nobody, or fails half-way through a file for want of a permission.
  # Lambda gives its network interfaces back with the role's permissions: without them they stay, and hold fast the subnets
  # and the security group, so that `destroy` waits for these until it gives up.
  depends_on = [
    aws_cloudwatch_log_group.this,
    aws_iam_role_policy.network,
    aws_iam_role_policy.this,
    aws_iam_role_policy_attachment.streams,
  ]

  lifecycle {
    replace_triggered_by = [terraform_data.network]
  }
}

# Polls and ticks, and what a tick starts, are not repeated by Lambda: the next one does the same work. While all concurrency
# is taken they may wait for a quarter of an hour, so that a daily poll doesn't fall away because of a busy minute. A drain
# that comes so late finds that others have done its work, or what is still due.
resource "aws_lambda_function_event_invoke_config" "this" {
  function_name                = aws_lambda_function.this.function_name
  maximum_event_age_in_seconds = 900
  maximum_retry_attempts       = 0

  lifecycle {
    replace_triggered_by = [terraform_data.network]
  }
}

resource "aws_lambda_event_source_mapping" "this" {
  event_source_arn                   = aws_sqs_queue.events.arn
  function_name                      = aws_lambda_alias.this["intake"].arn
  batch_size                         = 100
  maximum_batching_window_in_seconds = 1
  function_response_types            = ["ReportBatchItemFailures"]
  # China's Lambda knows no tags of event sources.
  # https://docs.amazonaws.cn/en_us/aws/latest/userguide/lambda.html
  tags = local.partition == "aws-cn" ? null : var.tags

  scaling_config {
    maximum_concurrency = var.maximum_concurrency
  }
}

# Its state is set, so that a plan shows a rule that was turned off by hand.
resource "aws_cloudwatch_event_rule" "tick" {
  name                = "${var.name}-tick"
  description         = "Every minute: transfers that are due again, ages as metrics."
  schedule_expression = "rate(1 minute)"
  state               = "ENABLED"
  tags                = var.tags
}

resource "aws_cloudwatch_event_target" "tick" {
  rule      = aws_cloudwatch_event_rule.tick.name
  target_id = "function"
  arn       = aws_lambda_alias.this["schedule"].arn
  input     = jsonencode({ action = "tick" })

  retry_policy {
    maximum_event_age_in_seconds = 60
    maximum_retry_attempts       = 0
  }
}

# The provider gives its default_tags to every resource that can have some, and so to the event source as well.
data "aws_default_tags" "in_china" {
  count = local.partition == "aws-cn" ? 1 : 0
}

check "default_tags" {
  assert {
    condition     = alltrue([for own in data.aws_default_tags.in_china : length(coalesce(own.tags, {})) == 0])
    error_message = "The provider has default_tags, and in China Lambda's event sources can't have tags, so that the apply would fail at the bridge's (aws_lambda_event_source_mapping). Give this module a provider without them (providers = { aws = aws.untagged }), and the tags to the module (tags)."
  }
}
