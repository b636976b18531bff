# modules/config/windows: when a side may connect.
variables {
  known_calendars = ["target2"]
  label           = "Stream acme, push"
}

run "left_out_it_is_any_time" {
  command = plan
  module { source = "./modules/config/windows" }

  assert {
    condition     = jsonencode(output.windows) == jsonencode({ calendars = [], open = [{ days = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"], from = "00:00", to = "24:00" }], time_zone = "UTC" })
    error_message = "A day is from 00:00 to 24:00, every day: ${jsonencode(output.windows)}."
  }
}

run "days_and_ranges_of_days" {
  command = plan
  module { source = "./modules/config/windows" }
  variables {
    calendars = ["target2"]
    time_zone = "America/St_Johns"
    windows = [
      { days = ["MON-FRI"], from = "06:00", to = "22:00" },
      { days = ["SAT-MON", "WED", "SUN"], from = "22:00", to = "06:00" },
    ]
  }

  assert {
    condition     = jsonencode(output.windows.open[*].days) == jsonencode([["MON", "TUE", "WED", "THU", "FRI"], ["SAT", "SUN", "MON", "WED"]])
    error_message = "A range may pass Sunday: ${jsonencode(output.windows.open)}."
  }
}

run "no_window_at_all" {
  command = plan
  module { source = "./modules/config/windows" }
  variables {
    windows = []
  }
  expect_failures = [var.windows]
}

run "a_window_that_never_opens" {
  command = plan
  module { source = "./modules/config/windows" }
  variables {
    windows = [{ from = "06:00", to = "06:00" }]
  }
  expect_failures = [var.windows]
}

run "a_window_without_days" {
  command = plan
  module { source = "./modules/config/windows" }
  variables {
    windows = [{ days = [], from = "06:00", to = "22:00" }]
  }
  expect_failures = [var.windows]
}

run "an_unknown_day" {
  command = plan
  module { source = "./modules/config/windows" }
  variables {
    windows = [{ days = ["MON-Fri"] }]
  }
  expect_failures = [var.windows]
}

run "a_time_that_no_clock_shows" {
  command = plan
  module { source = "./modules/config/windows" }
  variables {
    windows = [{ from = "24:00", to = "06:00" }]
  }
  expect_failures = [var.windows]
}

run "an_unknown_key" {
  command = plan
  module { source = "./modules/config/windows" }
  variables {
    given   = [{ from = "06:00", until = "22:00" }]
    windows = [{ from = "06:00", until = "22:00" }]
  }
  expect_failures = [var.windows]
}

run "a_time_zone_that_is_not_there" {
  command = plan
  module { source = "./modules/config/windows" }
  variables {
    time_zone = "Europe/Berlim"
  }
  expect_failures = [var.time_zone]
}

run "a_calendar_that_is_not_there" {
  command = plan
  module { source = "./modules/config/windows" }
  variables {
    calendars = ["target"]
  }
  expect_failures = [var.calendars]
}
