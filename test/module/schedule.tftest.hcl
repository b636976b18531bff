# modules/config/schedule: the grammar of schedules.
variables {
  stream = "acme"
}

run "accepts_rate_1_minute" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "rate(1 minute)"
  }
}

run "accepts_rate_2_minutes" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "rate(2 minutes)"
  }
}

run "accepts_rate_1_hour" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "rate(1 hour)"
  }
}

run "accepts_rate_12_hours" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "rate(12 hours)"
  }
}

run "accepts_rate_1_day" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "rate(1 day)"
  }
}

run "accepts_rate_30_days" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "rate(30 days)"
  }
}

run "accepts_cron_0_6" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 6 * * ? *)"
  }
}

run "accepts_cron_0_15" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0/15 * * * ? *)"
  }
}

run "accepts_cron_5_8_17_mon_fri" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(*/5 8-17 ? * MON-FRI *)"
  }
}

run "accepts_cron_0_18_2_1" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 18 ? * 2#1 *)"
  }
}

run "accepts_cron_0_8_1" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 8 1 * ? *)"
  }
}

run "accepts_cron_0_8_l" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 8 L * ? *)"
  }
}

run "accepts_cron_0_8_15w" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 8 15W * ? *)"
  }
}

run "accepts_cron_0_8_6l" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 8 ? * 6L *)"
  }
}

run "accepts_cron_0_8_31_1_3_may_2030_2035" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 8 31 1,3,MAY ? 2030-2035)"
  }
}

run "accepts_cron_5_35_14_2199" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(5,35 14 * * ? 2199)"
  }
}

run "accepts_cron_0_0_29_2" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 0 29 2 ? *)"
  }
}

run "accepts_cron_0_0_31_1_2" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 0 31 1,2 ? *)"
  }
}

run "refuses_empty" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = ""
  }
  expect_failures = [var.expression]
}

run "refuses_5_minutes" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "5 minutes"
  }
  expect_failures = [var.expression]
}

run "refuses_every_5_minutes" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "every 5 minutes"
  }
  expect_failures = [var.expression]
}

run "refuses_rate_5" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "rate(5)"
  }
  expect_failures = [var.expression]
}

run "refuses_rate_1_minutes" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "rate(1 minutes)"
  }
  expect_failures = [var.expression]
}

run "refuses_rate_5_minute" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "rate(5 minute)"
  }
  expect_failures = [var.expression]
}

run "refuses_rate_0_minutes" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "rate(0 minutes)"
  }
  expect_failures = [var.expression]
}

run "refuses_rate_5_minutes" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "rate(-5 minutes)"
  }
  expect_failures = [var.expression]
}

run "refuses_rate_1_5_hours" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "rate(1.5 hours)"
  }
  expect_failures = [var.expression]
}

run "refuses_rate_05_minutes" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "rate(05 minutes)"
  }
  expect_failures = [var.expression]
}

run "refuses_rate_5_minutes_too" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "rate(5  minutes)"
  }
  expect_failures = [var.expression]
}

run "refuses_rate_5_seconds" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "rate(5 seconds)"
  }
  expect_failures = [var.expression]
}

run "refuses_rate_2_weeks" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "rate(2 weeks)"
  }
  expect_failures = [var.expression]
}

run "refuses_rate_5_minutes_too_too" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "Rate(5 minutes)"
  }
  expect_failures = [var.expression]
}

run "refuses_rate_5_minutes_too_too_too" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "rate(5 minutes) "
  }
  expect_failures = [var.expression]
}

run "refuses_at_2030_01_01t00_00_00" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "at(2030-01-01T00:00:00)"
  }
  expect_failures = [var.expression]
}

run "refuses_cron_0_6" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 6 * * *)"
  }
  expect_failures = [var.expression]
}

run "refuses_cron_0_6_too" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 6 * * ? * *)"
  }
  expect_failures = [var.expression]
}

run "refuses_cron_0_6_too_too" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 6 * * * *)"
  }
  expect_failures = [var.expression]
}

run "refuses_cron_0_6_too_too_too" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 6 ? * ? *)"
  }
  expect_failures = [var.expression]
}

run "refuses_cron_60_6" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(60 6 * * ? *)"
  }
  expect_failures = [var.expression]
}

run "refuses_cron_0_24" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 24 * * ? *)"
  }
  expect_failures = [var.expression]
}

run "refuses_cron_0_6_0" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 6 0 * ? *)"
  }
  expect_failures = [var.expression]
}

run "refuses_cron_0_6_32" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 6 32 * ? *)"
  }
  expect_failures = [var.expression]
}

run "refuses_cron_0_6_1_13" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 6 1 13 ? *)"
  }
  expect_failures = [var.expression]
}

run "refuses_cron_0_6_8" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 6 ? * 8 *)"
  }
  expect_failures = [var.expression]
}

run "refuses_cron_0_6_mo" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 6 ? * MO *)"
  }
  expect_failures = [var.expression]
}

run "refuses_cron_0_6_1969" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 6 * * ? 1969)"
  }
  expect_failures = [var.expression]
}

run "refuses_cron_0_6_2200" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 6 * * ? 2200)"
  }
  expect_failures = [var.expression]
}

run "refuses_cron_0_6_too_too_too_too" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(*/0 6 * * ? *)"
  }
  expect_failures = [var.expression]
}

run "refuses_cron_0_6_too_too_too_too_too" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0  6 * * ? *)"
  }
  expect_failures = [var.expression]
}

run "refuses_cron_daily" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(@daily)"
  }
  expect_failures = [var.expression]
}

run "refuses_cron_0_0_30_2" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 0 30 2 ? *)"
  }
  expect_failures = [output.schedule]
}

run "refuses_cron_0_0_31_4_6_sep" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 0 31 4,6,SEP ? *)"
  }
  expect_failures = [output.schedule]
}

run "refuses_cron_0_0_31_feb_2030" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 0 31 FEB ? 2030)"
  }
  expect_failures = [output.schedule]
}

run "comes_february_in_leap_years_alone" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 0 29 2 ? 2028-2031)"
  }
}

run "comes_a_list_with_a_day_that_comes" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 0 30,15 FEB ? *)"
  }
}

run "comes_a_step_from_a_day" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 0 20/5 2 ? *)"
  }
}

run "comes_the_last_day_of_february" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 0 L FEB ? *)"
  }
}

run "comes_week_days_of_february" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 0 ? 2 2#5 *)"
  }
}

run "comes_a_range_of_years_that_goes_on" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 0 1 1 ? 2000-2199)"
  }
}

run "comes_years_by_steps" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 0 1 1 ? 2000/5)"
  }
}

run "comes_a_range_of_months" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 0 31 FEB-MAR ? *)"
  }
}

run "comes_the_nearest_week_day" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 0 15W 2 ? *)"
  }
}

run "never_comes_a_list_of_days_that_february_has_not" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 0 30,31 FEB ? *)"
  }
  expect_failures = [output.schedule]
}

run "never_comes_a_range_of_days" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 0 30-31 2 ? *)"
  }
  expect_failures = [output.schedule]
}

run "never_comes_a_step_beyond_the_month" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 0 31/2 4,6 ? *)"
  }
  expect_failures = [output.schedule]
}

run "never_comes_the_31st_from_a_range_of_months" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 0 31 2,4 ? *)"
  }
  expect_failures = [output.schedule]
}

run "never_comes_february_29_without_a_leap_year" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 0 29 2 ? 2029-2031)"
  }
  expect_failures = [output.schedule]
}

run "never_comes_a_year_that_is_over" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 6 * * ? 1999)"
  }
  expect_failures = [output.schedule]
}

run "never_comes_years_that_are_over" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 6 ? * MON 1970-2020)"
  }
  expect_failures = [output.schedule]
}

run "never_comes_the_nearest_week_day_to_none" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression = "cron(0 0 31W 4 ? *)"
  }
  expect_failures = [output.schedule]
}

run "an_age_that_is_longer_than_the_schedule" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression      = "rate(5 minutes)"
    min_age_seconds = 300
  }
  expect_failures = [output.schedule]
}

run "an_age_that_is_just_shorter_than_the_schedule" {
  command = plan
  module { source = "./modules/config/schedule" }
  variables {
    expression      = "rate(5 minutes)"
    min_age_seconds = 299
  }
}
