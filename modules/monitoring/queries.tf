# The usual questions to the log, saved under the bridge's name in Logs Insights.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
locals {
  queries = {
    deliveries          = <<-EOT
      fields @timestamp, stream, direction, source, destination, bytes, sha256, durationMs, attempt, requestId
      | filter message = "Delivered"
      | sort @timestamp desc
      | limit 1000
    EOT
    errors              = <<-EOT
      fields @timestamp, stream, path, message, error.kind, error.message, attempt, requestId
      | filter event = "error" or @message like /Invoke Error|Uncaught Exception|Unhandled Promise Rejection|Runtime exited with/
      | sort @timestamp desc
      | limit 1000
    EOT
    connection-timeouts = <<-EOT
      fields @timestamp, stream, partner, failures, error.message, requestId
      | filter event = "connection-timeout"
      | sort @timestamp desc
      | limit 1000
    EOT
    one-file            = <<-EOT
      # Put the file's path, key or part of it between the slashes.
      fields @timestamp, stream, message, source, destination, bytes, sha256, attempt, error.message, requestId
      | filter path like /FILE/ or source like /FILE/ or destination like /FILE/
      | sort @timestamp asc
      | limit 1000
    EOT
    one-invocation      = <<-EOT
      # Put the request id of any line here, to see all that its invocation did.
      fields @timestamp, @message
      | filter requestId = "ID" or @requestId = "ID"
      | sort @timestamp asc
      | limit 10000
    EOT
    operators           = <<-EOT
      fields @timestamp, action, request.stream, request.path, request.force, message, error.message
      | filter message like /^An operator's action/
      | sort @timestamp desc
      | limit 1000
    EOT
    slowest-files       = <<-EOT
      fields @timestamp, stream, path, bytes, durationMs, bytes / durationMs / 1000 as megabytes_per_second
      | filter message = "Delivered" and durationMs > 0
      | sort durationMs desc
      | limit 100
    EOT
    throughput          = <<-EOT
      filter message = "Delivered"
      | stats count(*) as files, sum(bytes) as bytes, max(durationMs) as slowest_ms by stream, direction, bin(1h)
    EOT
    unsent-events       = <<-EOT
      fields @timestamp, message, events, reason, error.message, requestId
      | filter message like /^Events (wait|couldn't be sent)|^EventBridge didn't take/
      | sort @timestamp desc
      | limit 1000
    EOT
    function-failures   = <<-EOT
      fields @timestamp, @message, @requestId, @duration, @maxMemoryUsed / 1000 / 1000 as megabytes
      | filter @message like /Task timed out|Runtime exited|Invoke Error|Runtime.ExitError/ or @type = "REPORT" and @duration > 600000
      | sort @timestamp desc
      | limit 1000
    EOT
  }
}

resource "aws_cloudwatch_query_definition" "this" {
  for_each = { for name, query in local.queries : name => query if var.settings.queries }

  name            = "${var.name}/${each.key}"
  log_group_names = [var.log_group_name]
  query_string    = each.value
}
