output "windows" {
  description = "The windows as the function's configuration carries them: `time_zone`, `open` (each with its days one by one) and the names of `calendars`."
  value = {
    calendars = var.calendars
    open      = [for i, window in var.windows : { days = local.days[i], from = window.from, to = window.to }]
    time_zone = var.time_zone
  }
}
