# Once for all streams: a log group has at most 100 metric filters. The stream is a dimension, taken from the line; a line
# that lacks the field makes no data point with it, so that lines without a stream need a filter of their own.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
locals {
  # The forms of lines, and where they are documented:
  # - our own: one JSON object, written to stdout as it is (lambda/src/telemetry/names.ts);
  # - `<time>\t<request id>\tERROR\tInvoke Error \t{…}`: the Node runtime, when the handler throws, and `Uncaught Exception`
  #   and `Unhandled Promise Rejection` in the same form:
  #   https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html
  # - `<time> <request id> Task timed out after 900.00 seconds`: the platform, and `RequestId: <id> Error: Runtime exited
  #   with error: signal: killed` where memory ran out:
  #   https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
  # Our lines carry names of files, which anybody may choose: whatever has the field `timestamp` is not the runtime's.
  # (Not `requestId`: errors of the SDK that the runtime prints carry it in their `$metadata`.)
  runtime_errors = {
    exited    = "\"Runtime exited with\" -timestamp"
    invoke    = "\"Invoke Error\" -timestamp"
    rejection = "\"Unhandled Promise Rejection\" -timestamp"
    uncaught  = "\"Uncaught Exception\" -timestamp"
  }

  filters = merge(
    {
      connection-timeouts = {
        metric  = "connection-timeouts"
        pattern = "{ $.event = \"connection-timeout\" }"
        stream  = true
      }
      errors = {
        metric  = "errors"
        pattern = "{ $.event = \"error\" }"
        stream  = true
      }
      errors-without-stream = {
        metric  = "errors"
        pattern = "{ ($.event = \"error\") && ($.stream NOT EXISTS) }"
        stream  = false
      }
      lambda-function-timeouts = {
        metric  = "lambda-function-timeouts"
        pattern = "\"Task timed out after\" -timestamp"
        stream  = false
      }
    },
    { for name, pattern in local.runtime_errors : "errors-${name}" => { metric = "errors", pattern = pattern, stream = false } },
  )
}

resource "aws_cloudwatch_log_metric_filter" "this" {
  for_each = local.filters

  name           = "${var.name}-${each.key}"
  log_group_name = var.log_group_name
  pattern        = each.value.pattern

  metric_transformation {
    name       = each.value.metric
    namespace  = var.namespace
    value      = "1"
    unit       = "Count"
    dimensions = each.value.stream ? { stream = "$.stream" } : null
  }
}

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringPolicyExamples.html: dimensions of a metric filter
check "metric_filters" {
  assert {
    condition     = length(var.streams) < 1000
    error_message = "CloudWatch may turn off a metric filter that sees 1,000 values of a dimension within an hour, and the filters of errors and connection time-outs have the ${length(var.streams)} streams as theirs: the alarms on both would fall silent. Split the bridge in two."
  }
}
