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

variable "metric_namespace" {
  type        = string
  description = "CloudWatch namespace of the bridge's metrics. Null stands for `name`."
  default     = null

  validation {
    condition     = var.metric_namespace == null || (can(regex("^[A-Za-z0-9._/#-]{1,255}$", var.metric_namespace)) && !can(regex("^AWS/", var.metric_namespace)))
    error_message = "metric_namespace has to be 1 to 255 letters, digits and . - _ / #, and may not begin with AWS/, which CloudWatch keeps for itself."
  }
}

variable "monitoring" {
  type        = any
  description = <<-EOT
    What the module watches, and whom alarms notify. Thresholds are the streams' own (`alarms` of each).

    - `alarms`: false makes no alarm at all (true).
    - `topic_arns`: SNS topics that alarms notify. Left out, the module makes one, `<name>-alarms`.
    - `create_topic`: makes that topic beside the given ones, too.
    - `email_addresses`: who gets mail from the module's topic; each has to confirm it once.
    - `kms_key_arn`: key that encrypts the module's topic; its policy has to let cloudwatch.amazonaws.com use it.
    - `ok_notifications`: also notify when it is over (true). CloudWatch does so once for each new alarm, too, so that the first
      apply sends a mail for each.
    - `off`: alarms of the bridge as a whole that aren't made: `dead-letters`, `errors`, `events-waiting`, `expectations`,
      `throttles`, `tick`, `tick-rule`, `timeouts`, `undelivered`, `unsent-events`. Those of a stream are turned off there.
    - `dashboard`, `queries`: false leaves out the dashboard, and the saved queries of Logs Insights (true).
    - `runbook_url`: address of the runbook, without a fragment; each alarm's description links to its section. Left out, it is
      `docs/runbook.md` of this version in the module's repository. To use your own, publish a page with the same headings and
      give its address: `https://wiki.example/bridge-runbook`.

    An alarm costs about $0.10 a month, and a stream has six (push), six (pull) or ten (both). What a stream's metrics cost is in docs/cost.md.
  EOT
  default     = {}
  nullable    = false

  validation {
    condition     = try(var.monitoring.runbook_url, null) == null || can(regex("^https?://[^\\s#]+$", var.monitoring.runbook_url))
    error_message = "monitoring.runbook_url has to be a web address without spaces and without #…, such as https://wiki.example/bridge-runbook: mails about alarms link to it, and each alarm adds #section. Leave it out for the module's own runbook."
  }

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
    condition     = length(setsubtract(try(toset(var.monitoring.off), []), ["dead-letters", "errors", "events-waiting", "expectations", "throttles", "tick", "tick-rule", "timeouts", "undelivered", "unsent-events"])) == 0
    error_message = "monitoring.off names alarms of the bridge as a whole: dead-letters, errors, events-waiting, expectations, throttles, tick, tick-rule, timeouts, undelivered, unsent-events. Those of a stream are turned off in streams.NAME.alarms.off; all of them by alarms = false."
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
    condition     = try(var.monitoring.kms_key_arn, null) == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.monitoring.kms_key_arn))
    error_message = "monitoring.kms_key_arn has to be the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID). AWS's own key for SNS (alias/aws/sns) can't be used: CloudWatch may not use it, and every notification would be lost."
  }
}
