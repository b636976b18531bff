# modules/config/push: what a push may be.
variables {
  default_bucket = "own-bucket"
  given          = {}
  push           = { s3 = "our-bucket/out/acme", sftp = "inbox" }
  stream         = "acme"
}

run "a_push_with_an_unknown_key" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    given = { target = "inbox" }
  }
  expect_failures = [var.push]
}

run "an_unknown_way_to_upload" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = { upload = "rename" }
  }
  expect_failures = [var.push]
}

run "the_content_may_be_compared" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = { verify = "checksum" }
  }

  assert {
    condition     = output.push.config.verify == "checksum"
    error_message = "The way to verify changed on its way."
  }
}

run "files_may_be_compressed" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = { compress = "zstd" }
  }

  assert {
    condition     = output.push.config.compress == "zstd"
    error_message = "What files are compressed with changed on its way."
  }
}

run "files_may_be_zipped" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = { compress = "zip" }
  }

  assert {
    condition     = output.push.config.compress == "zip"
    error_message = "What files are compressed with changed on its way."
  }
}

run "an_unknown_compression" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = { compress = "rar" }
  }
  expect_failures = [var.push]
}

run "files_may_be_encrypted" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = {
      pgp = {
        encrypt_to = [{ secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:pgp/acme-AbCdEf" }, { s3 = "our-keys/acme.asc" }]
        sign_with  = { ssm_parameter = "/pgp/ours", kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/ours" }
      }
    }
  }

  assert {
    condition     = output.push.config.pgp.suffix == ".pgp" && output.push.config.pgp.encrypt_to[1].s3 == "our-keys/acme.asc" && output.push.config.pgp.sign_with.ssm_parameter == "/pgp/ours" && output.push.config.pgp.passphrase == null
    error_message = "What files are encrypted with changed on its way."
  }

  assert {
    condition     = length(output.push.secrets) == 3 && contains(output.push.secrets[*].kms_key_arn, "arn:aws:kms:eu-west-1:123456789012:key/ours")
    error_message = "The role may not read the keys."
  }
}

run "armor_has_an_ending_of_its_own" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = { pgp = { encrypt_to = [{ ssm_parameter = "/pgp/acme" }], armor = true } }
  }

  assert {
    condition     = output.push.config.pgp.suffix == ".asc"
    error_message = "Text ends like bytes."
  }
}

run "an_unknown_way_to_verify" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = { verify = "yes" }
  }
  expect_failures = [var.push]
}

run "a_marker_with_an_unknown_key" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    given = { marker = { name = "{name}.done", after = "keep" } }
    push  = { sftp = "inbox", marker = { name = "{name}.done" } }
  }
  expect_failures = [var.push]
}

run "a_marker_with_unknown_content" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    given = {}
    push  = { sftp = "inbox", marker = { name = "{name}.done", content = "crc32" } }
  }
  expect_failures = [var.push]
}

run "no_name_for_a_marker" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    given = {}
    push  = { sftp = "inbox", marker = {} }
  }
  expect_failures = [var.push]
}

run "a_marker_that_is_the_file" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    given = {}
    push  = { sftp = "inbox", marker = { name = "{name}" } }
  }
  expect_failures = [var.push]
}

run "a_marker_for_all_files" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    given = {}
    push  = { sftp = "inbox", marker = { name = "_READY" } }
  }
  expect_failures = [var.push]
}

run "a_marker_in_another_directory" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    given = {}
    push  = { sftp = "inbox", marker = { name = "done/{name}" } }
  }
  expect_failures = [var.push]
}

run "a_pattern_that_takes_markers" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    given = {}
    push  = { sftp = "inbox", include = ["**/*.ok"], marker = { name = "{stem}.ok" } }
  }
  expect_failures = [var.push]
}

run "a_marker" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = { sftp = "inbox", include = ["*.csv"], marker = { name = "{name}.done", content = "md5" } }
  }
  assert {
    condition     = output.push.config.marker.name == "{name}.done" && output.push.config.marker.content == "md5"
    error_message = "The marker reaches the function as it was given."
  }
}

run "a_mode_that_is_none" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = { mode = "rw-r--r--" }
  }
  expect_failures = [var.push]
}

run "a_mode_that_is_decimal" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = { mode = "648" }
  }
  expect_failures = [var.push]
}

run "a_mode_with_more_than_permissions" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = { mode = "4755" }
  }
  expect_failures = [var.push]
}

run "permissions_and_time" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = { mode = "0640", keep_mtime = true, work_directory = "inbox/.work/", order = "name", strict_order = true }
  }
  assert {
    condition     = output.push.config.mode == "0640" && output.push.config.keep_mtime && output.push.config.work_directory == "inbox/.work" && output.push.config.order == "name" && output.push.config.strict_order
    error_message = "Permissions, time, work directory and order reach the function as they were given."
  }
}

run "a_name_with_a_date" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = { name = "{dir}/{stream}-{stem}-{now:yyyyMMdd-HHmmss}{ext}", time_zone = "Europe/Berlin" }
  }
  assert {
    condition     = output.push.config.name == "{dir}/{stream}-{stem}-{now:yyyyMMdd-HHmmss}{ext}" && output.push.config.name_time_zone == "Europe/Berlin"
    error_message = "The template reaches the function as it was given."
  }
}

run "a_name_with_a_number" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = { name = "orders-{seq:6}{ext}" }
  }
  assert {
    condition     = output.push.config.name == "orders-{seq:6}{ext}"
    error_message = "A number tells names apart."
  }
}

run "a_name_with_a_number_of_too_many_digits" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = { name = "{stem}-{seq:16}" }
  }
  expect_failures = [var.push]
}

run "names_with_numbers_for_what_is_there" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = { on_exists = "number" }
  }
  assert {
    condition     = output.push.config.on_exists == "number"
    error_message = "The answer to files that are there reaches the function as it was given."
  }
}

run "an_unknown_answer_to_files_that_are_there" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = { on_exists = "rename" }
  }
  expect_failures = [var.push]
}

run "a_name_with_an_unknown_field" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = { name = "{stem}-{date}{ext}" }
  }
  expect_failures = [var.push]
}

run "a_name_that_climbs" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = { name = "../{name}" }
  }
  expect_failures = [var.push]
}

run "a_name_with_slashes_in_a_time" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = { name = "{now:yyyy/MM/dd}/{name}" }
  }
  expect_failures = [var.push]
}

run "one_name_for_all_files_of_a_day" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = { name = "orders-{now:yyyyMMdd}.csv" }
  }
  expect_failures = [var.push]
}

run "a_work_directory_that_climbs" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = { work_directory = "inbox/../work" }
  }
  expect_failures = [var.push]
}

run "an_answer_to_files_that_are_there_with_direct_uploads" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = { upload = "direct", on_exists = "fail" }
  }
  expect_failures = [var.push]
}

run "a_work_directory_for_nothing" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = { upload = "direct", work_directory = "work" }
  }
  expect_failures = [var.push]
}

run "a_sequence_without_numbers" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = { order = "sequence" }
  }
  expect_failures = [var.push]
}

run "numbers_for_another_order" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = { order = "name", sequence = { name = "ORD_{seq}.csv" } }
  }
  expect_failures = [var.push]
}

run "a_strict_order_of_nothing" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = { strict_order = true }
  }
  expect_failures = [var.push]
}

run "a_name_that_is_a_marker" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = { sftp = "inbox", name = "{stem}-{now:yyyyMMddHHmmss}.ok", marker = { name = "{stem}.ok" } }
  }
  expect_failures = [var.push]
}

run "a_name_that_ends_otherwise_than_its_marker" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = { sftp = "inbox", name = "{stem}-{now:yyyyMMddHHmmss}.dat", marker = { name = "{name}.ok" } }
  }
}

run "numbered_files_that_are_markers" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    given = {}
    push  = { order = "sequence", sequence = { name = "ORD_{seq}.ok" }, marker = { name = "{stem}.ok" } }
  }
  expect_failures = [var.push]
}

run "numbered_files_that_begin_like_markers" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    given = {}
    push  = { order = "sequence", sequence = { name = "READY_{seq}.csv" }, marker = { name = "READY_{name}" } }
  }
  expect_failures = [var.push]
}

run "numbered_files_that_end_otherwise_once_they_are_compressed" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    given = {}
    push  = { order = "sequence", sequence = { name = "ORD_{seq}.ok" }, marker = { name = "{stem}.ok" }, compress = "gzip" }
  }
}

run "numbered_files_beside_their_markers" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    given = {}
    push  = { order = "sequence", sequence = { name = "ORD_{seq}.csv" }, marker = { name = "ORD_{name}.ok" } }
  }
}

run "numbered_files_named_by_a_time_alone" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    given = {}
    push  = { order = "sequence", sequence = { name = "ORD_{seq}.csv" }, name = "{now:yyyyMMddHHmmss}{ext}" }
  }
  expect_failures = [var.push]
}

run "files_in_strict_order_named_by_a_time_alone" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    given = {}
    push  = { order = "oldest", strict_order = true, name = "{mtime:yyyyMMddHHmmss}{ext}" }
  }
  expect_failures = [var.push]
}

run "numbered_files_named_by_a_time_and_the_next_free_number" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    given = {}
    push  = { order = "sequence", sequence = { name = "ORD_{seq}.csv" }, name = "{now:yyyyMMddHHmmss}{ext}", on_exists = "number" }
  }
}

run "numbered_files_named_by_a_time_and_more" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    given = {}
    push  = { order = "sequence", sequence = { name = "ORD_{seq}.csv" }, name = "{now:yyyyMMddHHmmss}-{stem}{ext}" }
  }
}

# ── modules/config/sequence: running numbers, of which a push and a pull may have an order ──
run "numbers_nowhere" {
  command = plan
  module { source = "./modules/config/sequence" }
  variables {
    given    = { name = "" }
    label    = "Stream acme, push"
    sequence = { name = "ORD_*.csv" }
  }
  expect_failures = [var.sequence]
}

run "numbers_twice" {
  command = plan
  module { source = "./modules/config/sequence" }
  variables {
    given    = { name = "" }
    label    = "Stream acme, push"
    sequence = { name = "{seq}_{seq}.csv" }
  }
  expect_failures = [var.sequence]
}

run "numbers_beside_a_digit" {
  command = plan
  module { source = "./modules/config/sequence" }
  variables {
    given    = { name = "" }
    label    = "Stream acme, push"
    sequence = { name = "ORD1{seq}.csv" }
  }
  expect_failures = [var.sequence]
}

run "numbers_of_another_field" {
  command = plan
  module { source = "./modules/config/sequence" }
  variables {
    given    = { name = "" }
    label    = "Stream acme, push"
    sequence = { name = "{stem}_{seq}.csv" }
  }
  expect_failures = [var.sequence]
}

run "numbers_in_a_path" {
  command = plan
  module { source = "./modules/config/sequence" }
  variables {
    given    = { name = "" }
    label    = "Stream acme, push"
    sequence = { name = "out/{seq}.csv" }
  }
  expect_failures = [var.sequence]
}

run "numbers_of_sixteen_digits" {
  command = plan
  module { source = "./modules/config/sequence" }
  variables {
    given    = { name = "" }
    label    = "Stream acme, push"
    sequence = { name = "{seq:16}.csv" }
  }
  expect_failures = [var.sequence]
}

run "numbers_below_the_first" {
  command = plan
  module { source = "./modules/config/sequence" }
  variables {
    given    = { name = "" }
    label    = "Stream acme, push"
    sequence = { name = "{seq}.csv", first = 0, max = 9999 }
  }
  expect_failures = [var.sequence]
}

run "numbers_that_begin_again_and_never_do" {
  command = plan
  module { source = "./modules/config/sequence" }
  variables {
    given    = { name = "" }
    label    = "Stream acme, push"
    sequence = { name = "{seq}.csv", min = 1 }
  }
  expect_failures = [var.sequence]
}

run "numbers_that_begin_again_too_soon" {
  command = plan
  module { source = "./modules/config/sequence" }
  variables {
    given    = { name = "" }
    label    = "Stream acme, push"
    sequence = { name = "{seq}.csv", max = 9 }
  }
  expect_failures = [var.sequence]
}

run "numbers_of_too_few_digits" {
  command = plan
  module { source = "./modules/config/sequence" }
  variables {
    given    = { name = "" }
    label    = "Stream acme, push"
    sequence = { name = "{seq:4}.csv", max = 10000 }
  }
  expect_failures = [var.sequence]
}

run "numbers_with_an_unknown_key" {
  command = plan
  module { source = "./modules/config/sequence" }
  variables {
    given    = { name = "", last = 5 }
    label    = "Stream acme, push"
    sequence = { name = "{seq}.csv" }
  }
  expect_failures = [var.sequence]
}

run "numbers_of_files_that_arent_taken" {
  command = plan
  module { source = "./modules/config/sequence" }
  variables {
    given    = { name = "" }
    include  = ["**/*.csv", "*.txt"]
    label    = "Stream acme, push"
    sequence = { name = "ORD_{seq}.csv" }
  }
  expect_failures = [output.sequence]
}

run "numbers_that_begin_again" {
  command = plan
  module { source = "./modules/config/sequence" }
  variables {
    given    = { name = "", first = 1, max = 1 }
    include  = ["**/*.csv", "*", "ORD_*_A.csv"]
    label    = "Stream acme, push"
    sequence = { name = "*-{seq:10}*.csv", first = 0, min = 0, max = 9007199254 }
  }
  assert {
    condition     = output.sequence.min == 0 && output.sequence.max == 9007199254
    error_message = "Numbers begin again with 0 where that is said."
  }
}
