# modules/config/pull: what a pull may be.
variables {
  default_bucket = "own-bucket"
  given          = {}
  pull           = { s3 = "our-bucket/in/acme", sftp = "outbox", schedule = "rate(5 minutes)" }
  stream         = "acme"
}

run "a_number_in_names" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { schedule = "rate(5 minutes)", name = "orders-{seq:6}{ext}" }
  }
  assert {
    condition     = output.pull.config.name == "orders-{seq:6}{ext}"
    error_message = "A number tells names apart."
  }
}

run "a_pull_with_an_unknown_key" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = { interval = 5 }
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)" }
  }
  expect_failures = [var.pull]
}

run "an_unknown_fate_of_the_file" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", after = "archive" }
  }
  expect_failures = [var.pull]
}

run "an_empty_suffix" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", temporary_suffixes = [""] }
  }
  expect_failures = [var.pull]
}

run "a_suffix_with_a_slash" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", temporary_suffixes = ["a/b"] }
  }
  expect_failures = [var.pull]
}

run "no_suffixes" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", temporary_suffixes = [] }
  }
}

run "a_pull_from_done" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox/.done", schedule = "rate(5 minutes)" }
  }
  expect_failures = [var.pull]
}

# What each object is put with: buckets' policies may demand it, and the owner of another account's bucket may need it.
run "a_key_is_named_with_each_object" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { s3 = "our-bucket/in", sftp = "outbox", schedule = "rate(5 minutes)", kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/k", acl = "bucket-owner-full-control" }
  }
  assert {
    condition     = output.pull.config.encryption == "aws:kms" && output.pull.config.kms_key_arn == "arn:aws:kms:eu-west-1:123456789012:key/k" && output.pull.config.acl == "bucket-owner-full-control"
    error_message = jsonencode(output.pull.config)
  }
}

run "a_key_that_is_left_to_the_bucket" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { s3 = "our-bucket/in", sftp = "outbox", schedule = "rate(5 minutes)", kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/k", encryption = "bucket" }
  }
  assert {
    condition     = output.pull.config.encryption == null && output.pull.config.kms_key_arn == null && output.pull.kms_key_arn == "arn:aws:kms:eu-west-1:123456789012:key/k"
    error_message = jsonencode(output.pull)
  }
}

run "an_unknown_encryption" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", encryption = "kms" }
  }
  expect_failures = [var.pull]
}

run "keys_of_s3_and_a_key_of_ours" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", encryption = "AES256", kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/k" }
  }
  expect_failures = [var.pull]
}

run "an_unknown_acl" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", acl = "public-read" }
  }
  expect_failures = [var.pull]
}

run "a_marker_with_an_unknown_key" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = { ready = { marker = "{name}.done", suffix = "ok" } }
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", ready = { marker = "{name}.done" } }
  }
  expect_failures = [var.pull]
}

run "a_marker_of_an_unknown_scope" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = {}
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", ready = { marker = "{name}.done", scope = "stream" } }
  }
  expect_failures = [var.pull]
}

run "a_marker_with_an_unknown_fate" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = {}
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", ready = { marker = "{name}.done", after = "archive" } }
  }
  expect_failures = [var.pull]
}

run "a_marker_with_an_unknown_checksum" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = {}
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", ready = { marker = "{name}.done", checksum = "crc32" } }
  }
  expect_failures = [var.pull]
}

run "no_name_for_a_marker" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = {}
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", ready = {} }
  }
  expect_failures = [var.pull]
}

run "a_marker_that_is_the_file" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = {}
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", ready = { marker = "{name}" } }
  }
  expect_failures = [var.pull]
}

run "a_file_marker_without_a_field" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = {}
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", ready = { marker = "_READY" } }
  }
  expect_failures = [var.pull]
}

run "a_marker_with_an_unknown_field" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = {}
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", ready = { marker = "{file}.done" } }
  }
  expect_failures = [var.pull]
}

run "a_marker_with_two_fields" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = {}
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", ready = { marker = "{name}{stem}.done" } }
  }
  expect_failures = [var.pull]
}

run "a_marker_in_another_directory" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = {}
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", ready = { marker = "ready/{name}" } }
  }
  expect_failures = [var.pull]
}

run "a_directory_marker_with_a_field" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = {}
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", ready = { marker = "{name}.done", scope = "directory" } }
  }
  expect_failures = [var.pull]
}

run "a_directory_marker_that_is_done" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = {}
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", ready = { marker = ".done", scope = "directory" } }
  }
  expect_failures = [var.pull]
}

run "a_marker_that_is_a_temporary_file" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = {}
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", ready = { marker = "{name}.TMP" } }
  }
  expect_failures = [var.pull]
}

run "a_pattern_that_takes_markers_alone" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = {}
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", include = ["*.csv", "**/*.ok"], ready = { marker = "{stem}.ok" } }
  }
  expect_failures = [var.pull]
}

run "markers_of_all_kinds" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", include = ["*.csv"], ready = { marker = "READY_{name}", after = "keep", checksum = "md5", deliver = true } }
  }
  assert {
    condition     = output.pull.config.ready.marker == "READY_{name}" && output.pull.config.ready.scope == "file"
    error_message = "The marker reaches the function as it was given, with its defaults."
  }
}

run "a_marker_of_a_directory" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", ready = { marker = "_READY", scope = "directory" } }
  }
  assert {
    condition     = output.pull.config.ready.after == "delete" && output.pull.config.ready.checksum == "none" && !output.pull.config.ready.deliver
    error_message = "Defaults of a marker."
  }
}

run "sizes_that_no_file_has" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", min_size = 11, max_size = 10 }
  }
  expect_failures = [var.pull]
}

run "sizes_that_one_file_has" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", min_size = 10, max_size = 10, max_files = 5, max_age_days = 30 }
  }
  assert {
    condition     = output.pull.config.max_size == 10 && output.pull.config.min_size == 10 && output.pull.config.max_files == 5 && output.pull.config.max_age_days == 30
    error_message = "Limits reach the function as they were given."
  }
}

run "numbers_of_files_that_are_left" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { schedule = "rate(5 minutes)", order = "sequence", sequence = { name = "ORD_{seq}.csv" }, max_age_days = 30 }
  }
  expect_failures = [var.pull]
}

run "numbers_of_files_that_are_never_whole" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { schedule = "rate(5 minutes)", order = "sequence", sequence = { name = "ORD_{seq}.PART" } }
  }
  expect_failures = [var.pull]
}

run "numbers_of_markers" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { schedule = "rate(5 minutes)", order = "sequence", sequence = { name = "ORD_{seq}.ok" }, ready = { marker = "{stem}.ok" } }
  }
  expect_failures = [var.pull]
}

run "a_strict_order_of_nothing" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { schedule = "rate(5 minutes)", strict_order = true }
  }
  expect_failures = [var.pull]
}

# ── the name ──
run "a_name_with_a_date_in_the_bucket" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = { time_zone = "Europe/Berlin" }
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", name = "{dir}/{stream}-{stem}-{mtime:yyyyMMdd-HHmmss}{ext}", time_zone = "Europe/Berlin" }
  }

  assert {
    condition     = output.pull.config.name == "{dir}/{stream}-{stem}-{mtime:yyyyMMdd-HHmmss}{ext}" && output.pull.config.name_time_zone == "Europe/Berlin"
    error_message = "What files are called in the bucket changed on its way."
  }
}

run "a_time_zone_without_a_name" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", time_zone = "Europe/Berlin" }
  }

  assert {
    condition     = output.pull.config.name == null && output.pull.config.name_time_zone == null
    error_message = "Without a template there are names all the same."
  }
}

run "an_unknown_field_in_a_name" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", name = "{stem}-{date}{ext}" }
  }
  expect_failures = [var.pull]
}

run "a_directory_in_the_middle_of_a_name" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", name = "{stream}/{dir}/{name}" }
  }
  expect_failures = [var.pull]
}

run "a_name_that_climbs_out" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", name = "{stem}/../../other{ext}" }
  }
  expect_failures = [var.pull]
}

run "a_name_with_a_slash_at_its_end" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", name = "{name}/" }
  }
  expect_failures = [var.pull]
}

run "a_name_with_slashes_in_its_time" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", name = "{now:yyyy/MM/dd}/{name}" }
  }
  expect_failures = [var.pull]
}

run "one_name_for_all_files_of_a_minute" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", name = "orders-{now:yyyyMMddHHmm}.csv" }
  }
  expect_failures = [var.pull]
}

run "a_name_that_is_too_long" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    pull = { sftp = "outbox", schedule = "rate(5 minutes)", name = "{name}-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" }
  }
  expect_failures = [var.pull]
}

run "a_name_beside_markers_that_are_delivered" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = { ready = { marker = "{name}.done", deliver = true } }
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", name = "{now:yyyyMMdd}/{name}", ready = { marker = "{name}.done", deliver = true } }
  }
  expect_failures = [var.pull]
}

# ── objects that are there already ──
run "a_number_for_what_is_there_already" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = { on_exists = "number", ready = { marker = "{name}.done" } }
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", on_exists = "number", ready = { marker = "{name}.done" } }
  }
  assert {
    condition     = output.pull.config.on_exists == "number"
    error_message = "The answer to objects that are there reaches the function as it was given."
  }
}

run "an_unknown_answer_to_objects_that_are_there" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = { on_exists = "append" }
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", on_exists = "append" }
  }
  expect_failures = [var.pull]
}

run "a_number_beside_markers_that_are_delivered" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = { on_exists = "number", ready = { marker = "{name}.done", deliver = true } }
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", on_exists = "number", ready = { marker = "{name}.done", deliver = true } }
  }
  expect_failures = [var.pull]
}

# ── the archive ──
run "an_archive_inside_of_the_polled_directory" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = { archive = { directory = "outbox/old/", name = "{dir}/{stem}-{now:yyyyMMdd}{ext}" }, time_zone = "Asia/Tokyo" }
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", time_zone = "Asia/Tokyo", archive = { directory = "outbox/old/", name = "{dir}/{stem}-{now:yyyyMMdd}{ext}" } }
  }

  assert {
    condition     = output.pull.config.archive.directory == "outbox/old" && output.pull.config.archive.name == "{dir}/{stem}-{now:yyyyMMdd}{ext}" && output.pull.config.name_time_zone == "Asia/Tokyo"
    error_message = jsonencode(output.pull.config)
  }
}

run "an_archive_in_the_log_in_directory_that_is_polled" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = { archive = { directory = "old" } }
    pull  = { schedule = "rate(5 minutes)", archive = { directory = "old" } }
  }
}

run "an_archive_with_an_unknown_key" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = { archive = { directory = "old", keep = 3 } }
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", archive = { directory = "old" } }
  }
  expect_failures = [var.pull]
}

run "an_archive_of_nothing" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = { archive = {} }
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", archive = {} }
  }
  expect_failures = [var.pull]
}

run "an_archive_where_nothing_is_moved" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = {}
    pull  = { sftp = "outbox", after = "delete", schedule = "rate(5 minutes)", archive = { directory = "old" } }
  }
  expect_failures = [var.pull]
}

run "an_archive_that_climbs" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = {}
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", archive = { directory = "../old" } }
  }
  expect_failures = [var.pull]
}

run "an_archive_in_done" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = {}
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", archive = { directory = "outbox/.done" } }
  }
  expect_failures = [var.pull]
}

run "an_archive_with_an_unknown_field" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = {}
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", archive = { name = "{stem}-{seconds}" } }
  }
  expect_failures = [var.pull]
}

run "an_archived_name_that_climbs" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = {}
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", archive = { name = "../{name}" } }
  }
  expect_failures = [var.pull]
}

run "an_archived_name_that_is_too_long" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = {}
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", archive = { name = "{name}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" } }
  }
  expect_failures = [var.pull]
}

run "a_directory_in_a_name_of_done" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = {}
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", archive = { name = "{dir}/{name}" } }
  }
  expect_failures = [var.pull]
}

run "archived_names_that_would_be_purged" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = { retention_days = 3 }
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", archive = { name = "{name}-{now:yyyy}" } }
  }
  expect_failures = [var.pull]
}

run "an_archive_that_is_the_polled_directory" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = {}
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", archive = { directory = "outbox/" } }
  }
  expect_failures = [output.pull]
}

run "an_archive_around_the_polled_directory" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = {}
    pull  = { sftp = "data/outbox", schedule = "rate(5 minutes)", archive = { directory = "data" } }
  }
  expect_failures = [output.pull]
}

run "an_archive_from_the_root_beside_a_relative_directory" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = {}
    pull  = { sftp = "outbox", schedule = "rate(5 minutes)", archive = { directory = "/old" } }
  }
  expect_failures = [output.pull]
}

run "an_archive_below_the_log_in_directory_of_a_pull_from_the_root" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = {}
    pull  = { sftp = "/", schedule = "rate(5 minutes)", archive = { directory = "old" } }
  }
  expect_failures = [output.pull]
}

run "a_pattern_for_files_in_the_archive" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = {}
    pull  = { sftp = "outbox", include = ["*.csv", "old/*.csv"], schedule = "rate(5 minutes)", archive = { directory = "outbox/old" } }
  }
  expect_failures = [output.pull]
}

run "an_archive_that_is_a_marker" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = {}
    pull  = { sftp = "outbox", ready = { marker = "_READY", scope = "directory" }, schedule = "rate(5 minutes)", archive = { directory = "outbox/_READY" } }
  }
  expect_failures = [output.pull]
}

run "numbered_files_named_by_a_time_alone" {
  command = plan
  module { source = "./modules/config/pull" }
  variables {
    given = {}
    pull  = { schedule = "rate(5 minutes)", order = "sequence", sequence = { name = "ORD_{seq}.csv" }, name = "{mtime:yyyyMMddHHmmss}{ext}" }
  }
  expect_failures = [var.pull]
}
