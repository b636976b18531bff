output "schedule" {
  description = "What follows from the expression: `spread` (the same at a time of the stream's own within the hour or the day, where it is a rate that allows it), `interval_seconds` (from one poll to the next; null for cron), `max_gap_minutes` (the longest time between two polls)."
  value = {
    expression       = var.expression
    interval_seconds = local.interval_seconds
    max_gap_minutes  = local.cron == null ? local.interval_seconds / 60 : local.cron_gap_minutes
    spread           = local.spread
  }

  precondition {
    condition     = !local.cron_never
    error_message = "Stream ${var.stream}, pull.schedule: \"${var.expression}\" never comes: no such day in its months, or its years are over. For the last day of a month write L."
  }

  precondition {
    condition     = alltrue([for seconds in local.interval_seconds[*] : var.min_age_seconds < seconds])
    error_message = "Stream ${var.stream}, pull.min_age_seconds: ${var.min_age_seconds} s is not shorter than the schedule's ${coalesce(local.interval_seconds, 0)} s, so a file would be passed over at least once for no reason. Give a smaller age or a longer schedule."
  }
}
