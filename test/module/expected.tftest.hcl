# modules/config/expected: calendars of files that have to come are checked in the plan.
variables {
  sides  = ["pull", "push"]
  stream = "acme"
}

run "a_time_after_midnight" {
  command = plan
  module { source = "./modules/config/expected" }
  variables {
    expected = [{ by = "24:00", direction = "pull" }]
  }
  expect_failures = [var.expected]
}

run "a_time_without_a_zero" {
  command = plan
  module { source = "./modules/config/expected" }
  variables {
    expected = [{ by = "7:30", direction = "pull" }]
  }
  expect_failures = [var.expected]
}

run "an_unknown_time_zone" {
  command = plan
  module { source = "./modules/config/expected" }
  variables {
    expected = [{ by = "07:30", time_zone = "Europe/Berlim", direction = "pull" }]
  }
  expect_failures = [var.expected]
}

run "an_unknown_day" {
  command = plan
  module { source = "./modules/config/expected" }
  variables {
    expected = [{ by = "07:30", days = ["Monday"], direction = "pull" }]
  }
  expect_failures = [var.expected]
}

run "no_day" {
  command = plan
  module { source = "./modules/config/expected" }
  variables {
    expected = [{ by = "07:30", days = [], direction = "pull" }]
  }
  expect_failures = [var.expected]
}

run "a_date_that_does_not_exist" {
  command = plan
  module { source = "./modules/config/expected" }
  variables {
    expected = [{ by = "07:30", except = ["2026-02-29"], direction = "pull" }]
  }
  expect_failures = [var.expected]
}

run "a_date_of_another_form" {
  command = plan
  module { source = "./modules/config/expected" }
  variables {
    expected = [{ by = "07:30", except = ["25.12.2026"], direction = "pull" }]
  }
  expect_failures = [var.expected]
}

run "an_empty_pattern" {
  command = plan
  module { source = "./modules/config/expected" }
  variables {
    expected = [{ by = "07:30", match = "", direction = "pull" }]
  }
  expect_failures = [var.expected]
}

run "two_sides_and_no_direction" {
  command = plan
  module { source = "./modules/config/expected" }
  variables {
    expected = [{ by = "07:30" }]
  }
  expect_failures = [var.expected]
}

run "an_unknown_direction" {
  command = plan
  module { source = "./modules/config/expected" }
  variables {
    expected = [{ by = "07:30", direction = "sideways" }]
  }
  expect_failures = [var.expected]
}
