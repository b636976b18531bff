# The longest time between two polls that the schedule allows. Of a cron expression only the widest restricted field counts.
locals {
  # The first row whose field is restricted. Minutes; the last row is for what is left.
  cron_gap_minutes = [
    for gap in [
      { field = 3, minutes = 366 * 24 * 60 },
      { field = 2, minutes = 32 * 24 * 60 },
      { field = 4, minutes = 7 * 24 * 60 },
      { field = 1, minutes = 24 * 60 },
      { field = null, minutes = 60 },
    ] : gap.minutes if gap.field == null ? true : try(!contains(["*", "?"], local.cron[gap.field]), false)
  ][0]
}
