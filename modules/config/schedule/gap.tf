# The longest time between two polls that the schedule allows. Of a cron expression only the widest restricted field counts.
locals {
  cron_restricts = {
    for i, field in ["minute", "hour", "day_of_month", "month", "day_of_week", "year"] : field => try(!contains(["*", "?"], local.cron[i]), false)
  }

  # The first row that applies.
  cron_gaps = [
    { applies = local.cron_restricts.month, minutes = 366 * 24 * 60 },
    { applies = local.cron_restricts.day_of_month, minutes = 32 * 24 * 60 },
    { applies = local.cron_restricts.day_of_week, minutes = 7 * 24 * 60 },
    { applies = local.cron_restricts.hour, minutes = 24 * 60 },
    { applies = true, minutes = 60 },
  ]
  cron_gap_minutes = [for gap in local.cron_gaps : gap.minutes if gap.applies][0]
}
