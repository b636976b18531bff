variable "bucket_name" {
  type        = string
  description = "Name of the bucket that the module makes. Streams may name it in `s3`. Null stands for `<name>-<account id>-<region>`, made where a stream leaves `s3` out."
  default     = null

  validation {
    condition     = var.bucket_name == null ? true : length(var.bucket_name) <= 63 && can(regex("^[a-z0-9]([a-z0-9-]|\\.[a-z0-9]){1,61}[a-z0-9]$", var.bucket_name))
    error_message = "bucket_name has to be 3 to 63 lower-case letters, digits, dots and hyphens, and begin and end with a letter or digit. It is the name alone, without prefix."
  }

  validation {
    condition     = var.bucket_name == null || var.create_bucket != false
    error_message = "bucket_name names the bucket that the module makes, and create_bucket = false says that it makes none. Leave one of the two out; a bucket that exists is named in the streams."
  }
}

variable "create_bucket" {
  type        = bool
  description = "Whether the module makes a bucket. Null decides by itself: where bucket_name is given or a stream leaves `s3` out. To be set where `s3` comes from a resource whose name isn't known until apply."
  default     = null
}

variable "deletion_protection" {
  type        = bool
  description = "Whether the journal is protected against deletion. While it is, `terraform destroy` fails; turn it off first."
  default     = false
  nullable    = false
}

variable "egress" {
  type = object({
    allocation_ids = optional(list(string), [])
    cidr_block     = optional(string, "10.86.0.0/24")
    nat_per_zone   = optional(bool, false)
    zones          = optional(number, 2)
  })
  description = <<-EOT
    Makes a network whose way out has a fixed address, for partners that admit a list of addresses; `{}` is enough. The
    output `egress_addresses` is what to put on the list. It costs about $37 a month (README, "Fixed address").

    - `allocation_ids`: elastic addresses of your own, which outlive the bridge; new ones where empty.
    - `cidr_block`: range of the VPC (10.86.0.0/24).
    - `nat_per_zone`: a NAT gateway, and so an address, in each zone (false: one for all).
    - `zones`: availability zones that the function runs in (2).
  EOT
  default     = null

  validation {
    condition     = var.egress == null || var.vpc == null
    error_message = "egress makes a network and vpc names one, and a function is in one of them. Leave one out."
  }
}

variable "enable_eventbridge_on_buckets" {
  type        = set(string)
  description = <<-EOT
    Existing buckets on which to turn EventBridge notifications on, by name. **A bucket has one notification configuration,
    and this replaces the whole of it**: what the bucket sends to Lambda, SQS or SNS today ends, and `destroy` leaves the
    bucket with none. Leave it empty where somebody else manages it, and turn EventBridge on there. The names have to be
    known at plan time. The module's own bucket needs nothing.
  EOT
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for bucket in var.enable_eventbridge_on_buckets : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", bucket))])
    error_message = "enable_eventbridge_on_buckets holds names of buckets alone, without prefix and without s3://: ${join(", ", var.enable_eventbridge_on_buckets)}."
  }
}

variable "force_destroy" {
  type        = bool
  description = "Whether `terraform destroy` may delete the module's bucket with all files in it."
  default     = false
  nullable    = false
}

variable "journal_retention_days" {
  type        = number
  description = "Days for which the journal keeps delivered transfers: the audit trail, and what duplicates are told by."
  default     = 400
  nullable    = false

  validation {
    condition     = var.journal_retention_days >= 1 && var.journal_retention_days <= 3650 && floor(var.journal_retention_days) == var.journal_retention_days
    error_message = "journal_retention_days has to be a whole number of days from 1 to 3650."
  }
}

variable "kms_key" {
  type = object({
    arn                     = optional(string)
    create                  = optional(bool, false)
    deletion_window_in_days = optional(number, 30)
  })
  description = <<-EOT
    One customer-managed KMS key for everything that the module makes: its buckets, the journal, the queues, the log group,
    the alarms' topic and the function's environment. Null leaves each to the key that AWS keeps for it.

    - `create`: makes the key, with its policy and the alias `alias/<name>` ($1 a month, and $0.03 per 10,000 requests).
    - `arn`: a key of yours instead. Its policy needs the statements of the output `kms_key_statements`, and has to let the
      account's IAM policies count, as a key's default policy does.
    - `deletion_window_in_days`: for how long a deleted key can be had back, 7 to 30 (30).

    Keys of buckets and secrets that exist already belong to the streams (`kms_key_arn`).
  EOT
  default     = null

  validation {
    condition     = var.kms_key == null ? true : var.kms_key.create != (var.kms_key.arn != null)
    error_message = "kms_key makes a key (create = true) or takes one of yours (arn = \"arn:aws:kms:…\"): give exactly one of the two."
  }

  validation {
    condition     = try(var.kms_key.arn, null) == null ? true : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.kms_key.arn))
    error_message = "kms_key.arn has to be the ARN of a KMS key: arn:aws:kms:REGION:ACCOUNT:key/ID. A policy can't name an alias."
  }

  validation {
    condition     = var.kms_key == null ? true : var.kms_key.deletion_window_in_days >= 7 && var.kms_key.deletion_window_in_days <= 30 && floor(var.kms_key.deletion_window_in_days) == var.kms_key.deletion_window_in_days
    error_message = "kms_key.deletion_window_in_days has to be a whole number of days from 7 to 30, as KMS wants it."
  }
}

variable "log_level" {
  type        = string
  description = "The least severe log lines that are written: DEBUG, INFO, WARN or ERROR."
  default     = "INFO"
  nullable    = false

  validation {
    condition     = contains(["DEBUG", "INFO", "WARN", "ERROR"], var.log_level)
    error_message = "log_level has to be DEBUG, INFO, WARN or ERROR."
  }
}

variable "log_retention_days" {
  type        = number
  description = "Days for which CloudWatch keeps the function's log; 0 keeps it for ever."
  default     = 30
  nullable    = false

  # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
  validation {
    condition     = contains([0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days has to be one of CloudWatch's steps: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, or 0 for ever."
  }
}

variable "maximum_concurrency" {
  type        = number
  description = "How many batches of arriving events are worked on at one time, over all streams. Connections to partners are bounded by `max_connections`, not by this."
  default     = 10
  nullable    = false

  # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
  validation {
    condition     = var.maximum_concurrency >= 2 && var.maximum_concurrency <= 1000 && floor(var.maximum_concurrency) == var.maximum_concurrency
    error_message = "maximum_concurrency has to be a whole number from 2 to 1000, as Lambda wants it for a queue. To bound the connections to a partner, set sftp.max_connections of its streams."
  }
}

variable "memory_size" {
  type        = number
  description = "Memory of the function in MB. CPU and network grow with it."
  default     = 512
  nullable    = false

  validation {
    condition     = var.memory_size >= 256 && var.memory_size <= 10240 && floor(var.memory_size) == var.memory_size
    error_message = "memory_size has to be a whole number of MB from 256 to 10240."
  }
}

variable "metric_namespace" {
  type        = string
  description = "CloudWatch namespace of the bridge's metrics. Null stands for `name`."
  default     = null

  validation {
    condition     = var.metric_namespace == null ? true : can(regex("^[A-Za-z0-9._/#-]{1,255}$", var.metric_namespace)) && !startswith(var.metric_namespace, "AWS/")
    error_message = "metric_namespace has to be 1 to 255 letters, digits and . - _ / #, and may not begin with AWS/, which CloudWatch keeps for itself."
  }
}

variable "monitoring" {
  type        = any
  description = <<-EOT
    What the module watches, and who is told. Thresholds are the streams' own (`alarms` of each).

    - `alarms`: false makes no alarm at all (true).
    - `topic_arns`: SNS topics that are told. Left out, the module makes one, `<name>-alarms`.
    - `create_topic`: makes that topic beside the given ones, too.
    - `email_addresses`: who gets mail from the module's topic; each has to confirm it once.
    - `kms_key_arn`: key that encrypts the module's topic; its policy has to let cloudwatch.amazonaws.com use it.
    - `ok_notifications`: also tell when it is over (true). CloudWatch tells it once of each new alarm, too, so that the first
      apply sends a mail for each.
    - `off`: alarms of the bridge as a whole that aren't made: `dead-letters`, `errors`, `expectations`, `tick`, `tick-rule`,
      `timeouts`, `undelivered`. Those of a stream are turned off there.
    - `dashboard`, `queries`: false leaves out the dashboard, and the saved queries of Logs Insights (true).
    - `runbook_url`: where the runbook is; alarms name its sections (`docs/runbook.md`).

    An alarm costs about $0.10 a month, and a stream has five (push) or seven (pull). What a stream's metrics cost is in the README.
  EOT
  default     = {}
  nullable    = false

  validation {
    condition     = length(try(tostring(var.monitoring.runbook_url), "")) <= 500
    error_message = "monitoring.runbook_url has ${length(try(tostring(var.monitoring.runbook_url), ""))} characters; an alarm's description holds 1,024 with all else that it says, so that this has to be at most 500."
  }

  validation {
    condition     = can(keys(var.monitoring)) && length(setsubtract(try(keys(var.monitoring), []), ["alarms", "create_topic", "dashboard", "email_addresses", "kms_key_arn", "off", "ok_notifications", "queries", "runbook_url", "topic_arns"])) == 0
    error_message = "monitoring: it has to be an object, and knows only alarms, create_topic, dashboard, email_addresses, kms_key_arn, off, ok_notifications, queries, runbook_url and topic_arns; thresholds belong to the streams (streams.NAME.alarms)."
  }

  validation {
    condition     = alltrue([for key in ["alarms", "create_topic", "dashboard", "ok_notifications", "queries"] : can(tobool(lookup(var.monitoring, key, true)))])
    error_message = "monitoring: alarms, create_topic, dashboard, ok_notifications and queries are true or false."
  }

  validation {
    condition     = length(setsubtract(try(toset(var.monitoring.off), []), ["dead-letters", "errors", "expectations", "tick", "tick-rule", "timeouts", "undelivered"])) == 0
    error_message = "monitoring.off names alarms of the bridge as a whole: dead-letters, errors, expectations, tick, tick-rule, timeouts, undelivered. Those of a stream are turned off in streams.NAME.alarms.off; all of them by alarms = false."
  }

  validation {
    condition     = alltrue([for arn in coalesce(lookup(var.monitoring, "topic_arns", null), []) : can(regex("^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$", arn))])
    error_message = "monitoring.topic_arns has to list ARNs of SNS topics (arn:aws:sns:REGION:ACCOUNT:NAME). CloudWatch can't notify FIFO topics."
  }

  validation {
    condition     = alltrue([for address in coalesce(lookup(var.monitoring, "email_addresses", null), []) : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "monitoring.email_addresses has to list mail addresses."
  }

  validation {
    condition     = length(coalesce(lookup(var.monitoring, "email_addresses", null), [])) == 0 || try(var.monitoring.create_topic, null) == true || (length(coalesce(lookup(var.monitoring, "topic_arns", null), [])) == 0 && try(var.monitoring.create_topic, true) != false)
    error_message = "monitoring.email_addresses are subscribed to the module's own topic, and there is none: set create_topic = true, or subscribe them to your topic yourself."
  }

  validation {
    condition     = try(var.monitoring.kms_key_arn, null) == null ? true : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.monitoring.kms_key_arn))
    error_message = "monitoring.kms_key_arn has to be the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID). AWS's own key for SNS (alias/aws/sns) can't be used: CloudWatch may not use it, and every notification would be lost."
  }
}

variable "name" {
  type        = string
  description = "Name of the bridge. All that the module makes is called after it."
  nullable    = false

  # The bucket "<name>-config-<account id>-<region>" is what bounds it: 63 characters, of which a region takes up to 14.
  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,26}[a-z0-9])?$", var.name)) && !can(regex("^(xn--|sthree-|amzn-s3-demo-|aws)", var.name))
    error_message = "name has to be 1 to 28 lower-case letters, digits and hyphens, begin with a letter and end with a letter or digit, and may not begin with aws, xn--, sthree- or amzn-s3-demo-: names of buckets, rules and the function are made of it."
  }
}

variable "permissions_boundary" {
  type        = string
  description = "ARN of the policy that bounds the function's role, where the account demands one."
  default     = null

  validation {
    condition     = var.permissions_boundary == null ? true : can(regex("^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/.+$", var.permissions_boundary))
    error_message = "permissions_boundary has to be the ARN of an IAM policy: arn:aws:iam::ACCOUNT:policy/NAME."
  }
}

variable "role_path" {
  type        = string
  description = "IAM path of the function's role and policies."
  default     = "/"
  nullable    = false

  validation {
    condition     = can(regex("^/([!-.0-~]+/)*$", var.role_path)) && length(var.role_path) <= 512
    error_message = "role_path has to begin and end with a slash, e.g. \"/\" or \"/bridges/\"."
  }
}

variable "schedule_rules" {
  type        = set(string)
  description = <<-EOT
    Names of EventBridge rules of yours that may invoke the function, on the default bus of this account and region. The name
    tells what to poll: streams with periods between, `acme.globex`. Several streams in one rule and several rules for one
    stream both work, beside the streams' own schedules.
  EOT
  default     = []
  nullable    = false

  # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
  validation {
    condition     = alltrue([for rule in var.schedule_rules : can(regex("^[A-Za-z0-9_.-]{1,64}$", rule))])
    error_message = "schedule_rules: ${join(", ", [for rule in var.schedule_rules : jsonencode(rule) if !can(regex("^[A-Za-z0-9_.-]{1,64}$", rule))])} is not the name of a rule. Give names, not ARNs: up to 64 letters, digits and . - _."
  }

  # A rule that names a stream that isn't there would fail at each of its times. `poll` alone is the original's rule for retries.
  validation {
    condition = alltrue(flatten([
      for rule in var.schedule_rules : [
        for stream in split(".", rule) : lookup(lookup(var.streams, stream, {}), "pull", null) != null if rule != "poll"
      ]
    ]))
    error_message = "schedule_rules: ${join(", ", flatten([
      for rule in var.schedule_rules : [
        for stream in split(".", rule) : "\"${rule}\" names \"${stream}\"" if rule != "poll" && lookup(lookup(var.streams, stream, {}), "pull", null) == null
      ]
    ]))}, and no stream with a pull is called so. A rule's name is the list of the streams that it polls, with periods between; streams with a pull: ${join(", ", [for name in keys(var.streams) : name if lookup(var.streams[name], "pull", null) != null])}."
  }

  # Each is a statement of some 350 bytes in the function's policy, which has room for 20 KB.
  validation {
    condition     = length(var.schedule_rules) <= 40
    error_message = "schedule_rules: ${length(var.schedule_rules)} rules are more than the function's policy has room for (40). Put several streams into one rule, as acme.globex."
  }
}

variable "streams" {
  type        = any
  description = <<-EOT
    The streams, by name (letters, digits, hyphens and underscores, 64 at most). Each is a pairing with one partner:

    - `sftp`: the partner.
      - `host`: host name or IP address.
      - `port`: 22 unless set.
      - `username`: who we are there.
      - `host_keys`: the partner's host keys, as SHA256 fingerprints (`SHA256:…`) or known_hosts lines.
      - `insecure_ignore_host_key`: true connects without checking the host key. Not for production.
      - `password`, `private_key`, `passphrase`: where each secret is kept: `{ secret_arn = … }` or `{ ssm_parameter = … }`
        (a private key also `{ s3 = "bucket/key" }`), and where needed `json_key`, `kms_key_arn`, `bucket_kms_key_arn`, `encryption_context`.
      - `max_connections`: connections to the partner at one time, over all streams (1).
      - `connect_timeout_seconds` (20), `operation_timeout_seconds` (30): for the log-in, and for one request.
      - `options`: further connect options of ssh2, such as `algorithms` and `keepaliveInterval`.
    - `push`: S3 → SFTP, as objects arrive.
      - `s3`: `bucket` or `bucket/prefix`; left out, the module's bucket and `<stream>/push`.
      - `sftp`: the remote directory; left out, the log-in directory.
      - `include`, `exclude`: glob patterns of paths below the prefix.
      - `upload`: `atomic` (temporary name, then rename) or `direct`, for servers that refuse rename.
      - `verify`: `strict`, `tolerant` or `off`: how the remote size is compared after the upload.
      - `kms_key_arn`: the customer-managed key of the bucket.
      - `reconcile_hours`: how often the prefix is compared with the journal, and what no event told of is sent; left out, once
        after the apply that made the push, and when an operator asks for it.
    - `pull`: SFTP → S3, on a schedule.
      - `sftp`: the remote directory; left out, the log-in directory.
      - `s3`: `bucket` or `bucket/prefix`; left out, the module's bucket and `<stream>/pull`.
      - `schedule`: `rate(5 minutes)` or `cron(0 6 * * ? *)` (UTC).
      - `after`: what becomes of the partner's file: `move` (into `.done` beside it), `delete` or `keep`.
      - `retention_days`: days that a file stays in `.done` (14).
      - `max_open_files`: files that may be known and not yet moved (100000); further ones wait at the partner, with an error.
      - `min_age_seconds`: a younger file is left for the next poll (0).
      - `temporary_suffixes`: endings of names that are still being written.
      - `include`, `exclude`, `kms_key_arn`: as for `push`.
    - `retry_for_days`: how long a failing transfer is tried again (7).
    - `alarms`: when somebody is to be told; the defaults work for most. See `monitoring` for who.
      - `errors` (0): how many are tolerated within 15 minutes. `connection_timeouts` (2): how many minutes of an hour may have some.
      - `failed` (0): how many files may have been given up on each side.
      - `oldest_undelivered_minutes` (60), `oldest_waiting_minutes` (60): how old the oldest object that isn't delivered, and
        the oldest file that waits at the partner, may become.
      - `poll_overdue_minutes`: how long no poll may succeed; left out, three times the schedule and a quarter of an hour.
      - `at_least`: `{ push = { files = 10, hours = 24 } }`, and so for `pull`: fewer files in that time are an alarm.
      - `expected`: files that have to come by a time: `{ match = "*.csv", by = "07:30", days = ["MON", …], time_zone = "Europe/Berlin" }`,
        and if wanted `count` (1), `within_hours` (24: how long before it may have come), `except` (dates) and `direction`.
      - `off`: alarms that the stream does without, by name: `errors`, `connection-timeouts`, `failed`, `oldest-undelivered`,
        `oldest-waiting`, `polls`, `rules`, `at-least`, `expected`, or `all`.

    A stream has a `push`, a `pull` or both. The type is `any` so that an unknown key is an error and not ignored.
  EOT
  nullable    = false

  validation {
    condition     = can(keys(var.streams)) && can([for stream in var.streams : keys(stream)])
    error_message = "streams has to be a map from the name of a stream to an object: { acme = { sftp = {…}, push = {…} } }."
  }
}

variable "tags" {
  type        = map(string)
  description = "Tags of everything that the module makes, on top of the provider's default tags."
  default     = {}
  nullable    = false

  validation {
    condition     = length(var.tags) <= 50 && alltrue([for key, value in var.tags : can(regex("^.{1,128}$", key)) && !startswith(lower(key), "aws:") && length(coalesce(value, " ")) <= 256])
    error_message = "tags has at most 50 entries, with keys of 1 to 128 characters that don't begin with aws: and values of at most 256."
  }
}

variable "timeout" {
  type        = number
  description = "Seconds that one invocation may take. A file that needs longer goes on in the next one."
  default     = 900
  nullable    = false

  validation {
    condition     = var.timeout >= 30 && var.timeout <= 900 && floor(var.timeout) == var.timeout
    error_message = "timeout has to be a whole number of seconds from 30 to 900, which is the most that Lambda has."
  }
}

variable "vpc" {
  type = object({
    check_routes       = optional(bool, true)
    security_group_ids = list(string)
    subnet_ids         = list(string)
  })
  description = <<-EOT
    The network of yours that the function runs in.

    - `subnet_ids`: private subnets with a route to a NAT gateway or the like.
    - `security_group_ids`: they have to let out to the partners' ports and to HTTPS, which the AWS APIs need.
    - `check_routes`: whether the plan looks for the way out (true). False for a network that reaches partners and AWS
      without one, through peerings, and endpoints of S3, DynamoDB, your secrets, SQS and, for more than eight partners, Lambda.
  EOT
  default     = null

  validation {
    condition     = var.vpc == null ? true : length(var.vpc.subnet_ids) > 0 && length(var.vpc.subnet_ids) <= 16 && length(var.vpc.security_group_ids) > 0 && length(var.vpc.security_group_ids) <= 5
    error_message = "vpc needs 1 to 16 subnet_ids and 1 to 5 security_group_ids, as Lambda does."
  }

  validation {
    condition     = var.vpc == null ? true : alltrue([for id in var.vpc.subnet_ids : can(regex("^subnet-[0-9a-f]+$", id))]) && alltrue([for id in var.vpc.security_group_ids : can(regex("^sg-[0-9a-f]+$", id))])
    error_message = "vpc: subnet_ids are subnet-… and security_group_ids sg-…: IDs, not names or ARNs."
  }
}
