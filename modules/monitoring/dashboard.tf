# One dashboard whatever the number of streams: graphs that search for the streams' metrics and show the ten that matter
# most, and, up to a number that a screen can hold, a row per stream. CloudWatch allows 500 widgets and searches of 500 series.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
locals {
  streams_with_rows = length(var.streams) <= 12 ? sort(keys(var.streams)) : []
  shown             = 10

  # The biggest first, so that a stream in trouble isn't one line among fifty.
  overview = [
    { title = "Files S3 → SFTP", metric = "s3-to-sftp", stat = "Sum", label = "files" },
    { title = "Files SFTP → S3", metric = "sftp-to-s3", stat = "Sum", label = "files" },
    { title = "Errors", metric = "errors", stat = "Sum", label = "errors" },
    { title = "Oldest object not delivered", metric = "oldest-undelivered-age", stat = "Maximum", label = "seconds" },
    { title = "Oldest file waiting at the partner", metric = "oldest-waiting-age", stat = "Maximum", label = "seconds" },
    { title = "Connection time-outs", metric = "connection-timeouts", stat = "Sum", label = "time-outs" },
    { title = "Backlog S3 → SFTP", metric = "s3-to-sftp-backlog", stat = "Maximum", label = "files" },
    { title = "Backlog SFTP → S3", metric = "sftp-to-s3-backlog", stat = "Maximum", label = "files" },
    { title = "Since the last poll", metric = "last-poll-age", stat = "Maximum", label = "seconds" },
    { title = "Bytes S3 → SFTP", metric = "s3-to-sftp-bytes", stat = "Sum", label = "bytes" },
    { title = "Bytes SFTP → S3", metric = "sftp-to-s3-bytes", stat = "Sum", label = "bytes" },
    { title = "Failed", metric = null, stat = "Maximum", label = "files" },
    { title = "Duration S3 → SFTP", metric = "s3-to-sftp-duration", stat = "Average", label = "ms" },
    { title = "Duration SFTP → S3", metric = "sftp-to-s3-duration", stat = "Average", label = "ms" },
  ]

  search = {
    for graph in local.overview : graph.title => (
      graph.metric == null
      ? ["s3-to-sftp-failed", "sftp-to-s3-failed"]
      : [graph.metric]
    )
  }

  overview_widgets = [
    for i, graph in local.overview : {
      type   = "metric"
      x      = (i % 3) * 8
      y      = local.overview_from + floor(i / 3) * 6
      width  = 8
      height = 6
      properties = {
        title  = graph.title
        region = local.region
        view   = "timeSeries"
        period = 300
        stat   = graph.stat
        yAxis  = { left = { label = graph.label, min = 0, showUnits = false } }
        metrics = [
          for metric in local.search[graph.title] : [{
            expression = "SORT(SEARCH('{\"${var.namespace}\",stream} MetricName=\"${metric}\"', '${graph.stat}', 300), ${graph.stat == "Sum" ? "SUM" : "MAX"}, DESC, ${local.shown})"
            label      = "$${PROP('Dim.stream')}"
          }]
        ]
      }
    }
  ]

  # A widget shows at most 100 alarms.
  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html#CloudWatch-Dashboard-Properties-Alarm-Widget-Properties-Object
  alarm_arns = concat(
    values(aws_cloudwatch_metric_alarm.bridge)[*].arn,
    values(aws_cloudwatch_metric_alarm.stream)[*].arn,
    values(aws_cloudwatch_metric_alarm.rule)[*].arn,
  )
  alarm_widgets = [
    for i, arns in chunklist(local.alarm_arns, 100) : {
      type       = "alarm"
      x          = 0
      y          = local.alarms_from + i * local.alarm_height
      width      = 24
      height     = local.alarm_height
      properties = { title = i == 0 ? "Alarms" : "Alarms (${i + 1})", alarms = arns, sortBy = "stateUpdatedTimestamp" }
    }
  ]
  alarm_height = length(local.alarm_arns) > 24 ? 6 : 4
  # A stream has a row a side; what is wrong is told below, and longer lists can be scrolled.
  widget_height = 8
  alarms_from   = 3 + local.widget_height
  overview_from = local.alarms_from + length(local.alarm_widgets) * local.alarm_height

  function_widgets = [
    for i, graph in [
      { title = "Function", metrics = ["Invocations", "Errors", "Throttles"], stat = "Sum" },
      { title = "Function: duration", metrics = ["Duration"], stat = "Maximum" },
      { title = "Function: at one time", metrics = ["ConcurrentExecutions"], stat = "Maximum" },
      ] : {
      type   = "metric"
      x      = i * 8
      y      = local.function_from
      width  = 8
      height = 6
      properties = {
        title   = graph.title
        region  = local.region
        view    = "timeSeries"
        period  = 300
        stat    = graph.stat
        metrics = [for metric in graph.metrics : ["AWS/Lambda", metric, "FunctionName", var.function_name]]
      }
    }
  ]
  function_from = local.overview_from + ceil(length(local.overview) / 3) * 6

  stream_widgets = flatten([
    for i, name in local.streams_with_rows : [
      {
        type       = "text"
        x          = 0
        y          = local.function_from + 6 + i * 7
        width      = 24
        height     = 1
        properties = { markdown = "## ${name} · ${var.streams[name].partner}" }
      },
      [
        for j, graph in [
          { title = "files", metrics = ["s3-to-sftp", "sftp-to-s3"], stat = "Sum" },
          { title = "backlog and failed", metrics = ["s3-to-sftp-backlog", "sftp-to-s3-backlog", "s3-to-sftp-failed", "sftp-to-s3-failed"], stat = "Maximum" },
          { title = "ages (s)", metrics = ["oldest-undelivered-age", "oldest-waiting-age", "last-poll-age"], stat = "Maximum" },
          { title = "errors", metrics = ["errors", "connection-timeouts"], stat = "Sum" },
          ] : {
          type   = "metric"
          x      = j * 6
          y      = local.function_from + 7 + i * 7
          width  = 6
          height = 6
          properties = {
            title   = "${name}: ${graph.title}"
            region  = local.region
            view    = "timeSeries"
            period  = 300
            stat    = graph.stat
            metrics = [for metric in graph.metrics : [var.namespace, metric, "stream", name]]
          }
        }
      ],
    ]
  ])

  dashboard = {
    widgets = concat(
      [{
        type       = "text"
        x          = 0
        y          = 0
        width      = 24
        height     = 3
        properties = { markdown = "# ${var.name}\n${length(var.streams)} streams. A graph shows the ${local.shown} with the highest values. How each is doing: `bridge status --function ${var.function_name}` · [Runbook](${var.settings.runbook_url})" }
      }],
      # The function itself answers with HTML. Whoever looks needs the permission to invoke this alias, and is asked once by CloudWatch.
      # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_security.html
      [{
        type   = "custom"
        x      = 0
        y      = 3
        width  = 24
        height = local.widget_height
        properties = {
          title    = "Streams"
          endpoint = var.widget_arn
          params   = {}
          updateOn = { refresh = true, resize = false, timeRange = false }
        }
      }],
      local.alarm_widgets,
      local.overview_widgets,
      local.function_widgets,
      local.stream_widgets,
    )
  }
}

resource "aws_cloudwatch_dashboard" "this" {
  count = var.settings.dashboard ? 1 : 0

  dashboard_name = var.name
  dashboard_body = jsonencode(local.dashboard)
}
