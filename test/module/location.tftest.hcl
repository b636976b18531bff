# modules/config/location: a bucket and prefix, a remote directory, patterns, in one form whatever way they are written.
variables {
  default_s3 = "own-bucket/acme/push"
  label      = "Stream acme, push"
  location   = { s3 = null, sftp = "", include = [], exclude = [], kms_key_arn = null }
}

run "left_out_it_is_the_default" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = null, sftp = "", include = [], exclude = [], kms_key_arn = null }
  }

  assert {
    condition     = output.place.bucket == "own-bucket" && output.place.prefix == "acme/push/" && output.place.directory == ""
    error_message = "Got ${output.place.bucket}, ${output.place.prefix}, ${output.place.directory}."
  }
}

run "a_bucket_alone" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket", sftp = "/", include = [], exclude = [], kms_key_arn = null }
  }

  assert {
    condition     = output.place.bucket == "our-bucket" && output.place.prefix == "" && output.place.directory == "/"
    error_message = "Got ${output.place.bucket}, ${output.place.prefix}, ${output.place.directory}."
  }
}

run "without_a_trailing_slash" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out/acme", sftp = "inbox", include = [], exclude = [], kms_key_arn = null }
  }

  assert {
    condition     = output.place.bucket == "our-bucket" && output.place.prefix == "out/acme/" && output.place.directory == "inbox"
    error_message = "Got ${output.place.bucket}, ${output.place.prefix}, ${output.place.directory}."
  }
}

run "with_a_trailing_slash_it_is_the_same" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out/acme/", sftp = "inbox/", include = [], exclude = [], kms_key_arn = null }
  }

  assert {
    condition     = output.place.bucket == "our-bucket" && output.place.prefix == "out/acme/" && output.place.directory == "inbox"
    error_message = "Got ${output.place.bucket}, ${output.place.prefix}, ${output.place.directory}."
  }
}

run "absolute_directories_stay_absolute" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out/acme", sftp = "/home/us/in box/täglich", include = [], exclude = [], kms_key_arn = null }
  }

  assert {
    condition     = output.place.bucket == "our-bucket" && output.place.prefix == "out/acme/" && output.place.directory == "/home/us/in box/täglich"
    error_message = "Got ${output.place.bucket}, ${output.place.prefix}, ${output.place.directory}."
  }
}

run "names_with_odd_but_legal_characters" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our.bucket-1/out acme/50% (a+b)/…", sftp = "-x/..y/.z", include = [], exclude = [], kms_key_arn = null }
  }

  assert {
    condition     = output.place.bucket == "our.bucket-1" && output.place.prefix == "out acme/50% (a+b)/…/" && output.place.directory == "-x/..y/.z"
    error_message = "Got ${output.place.bucket}, ${output.place.prefix}, ${output.place.directory}."
  }
}

run "patterns_of_every_kind" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out/acme", sftp = "inbox", include = ["*.csv", "daily/**", "[a-z]*.{csv,txt}", "a\\[b", "[]a]x", "{a,{b,c}}", "[!a]"], exclude = ["*.tmp"], kms_key_arn = null }
  }
}

run "a_kms_key" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out/acme", sftp = "inbox", include = [], exclude = [], kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/0d2f0a8e-5f0b-4f3c-9d7b-2f8f5f9a1b2c" }
  }
}

run "no_bucket_at_all" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    default_s3 = null
    location   = { s3 = null, sftp = "inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "an_s3_address" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "s3://our-bucket/out", sftp = "inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "an_arn" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "arn:aws:s3:::our-bucket/out", sftp = "inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_web_address" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "https://our-bucket.s3.amazonaws.com/out", sftp = "inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_bucket_name_in_capitals" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "Our-Bucket/out", sftp = "inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_bucket_name_with_an_underscore" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our_bucket", sftp = "inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_bucket_name_that_is_too_short" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "ab/out", sftp = "inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_bucket_name_that_is_too_long" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/out", sftp = "inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_dotted_bucket_name_that_is_too_long" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab", sftp = "inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_bucket_name_with_two_dots" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our..bucket", sftp = "inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_bucket_name_with_a_hyphen_at_the_end" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket-/out", sftp = "inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "an_ip_address_for_a_bucket" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "192.168.1.1/out", sftp = "inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_reserved_beginning" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "xn--bucket", sftp = "inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_reserved_end" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket-s3alias", sftp = "inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "an_empty_s3" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "", sftp = "inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_leading_slash" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "/our-bucket/out", sftp = "inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_prefix_with_two_slashes" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out//acme", sftp = "inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_prefix_that_begins_with_a_slash" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket//out", sftp = "inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_prefix_that_climbs" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out/../in", sftp = "inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_prefix_that_ends_climbing" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/..", sftp = "inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_prefix_with_a_dot_segment" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/./out", sftp = "inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_star_in_the_prefix" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out/*", sftp = "inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_question_mark_in_the_prefix" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out?", sftp = "inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_newline_in_the_prefix" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out\n", sftp = "inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_space_at_the_end_of_the_prefix" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out /acme", sftp = "inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_prefix_that_is_too_long" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp", sftp = "inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_policy_variable_in_the_prefix" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/$${aws:username}", sftp = "inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_directory_that_climbs" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out/acme", sftp = "outbox/../etc", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_directory_of_two_dots" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out/acme", sftp = "..", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_dot_for_the_login_directory" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out/acme", sftp = ".", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_dot_segment_in_the_directory" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out/acme", sftp = "./inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "two_slashes_in_the_directory" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out/acme", sftp = "in//box", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_backslash_in_the_directory" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out/acme", sftp = "in\\box", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_space_at_the_end_of_the_directory" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out/acme", sftp = "inbox ", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_space_at_the_end_of_a_name" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out/acme", sftp = "in /box", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_nul_in_the_directory" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out/acme", sftp = "in\u0000box", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "an_sftp_address" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out/acme", sftp = "sftp://partner/inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_name_that_is_too_long" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out/acme", sftp = "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "an_empty_include" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out/acme", sftp = "inbox", include = [""], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "an_include_that_begins_with_a_slash" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out/acme", sftp = "inbox", include = ["/daily/*"], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "an_include_that_ends_with_a_slash" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out/acme", sftp = "inbox", include = ["daily/"], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "an_include_that_climbs" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out/acme", sftp = "inbox", include = ["../*"], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "an_open_bracket" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out/acme", sftp = "inbox", include = ["[a-z"], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "an_open_brace" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out/acme", sftp = "inbox", include = ["*.{csv,txt"], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "an_empty_exclude" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out/acme", sftp = "inbox", include = [], exclude = [""], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "an_exclude_that_negates" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out/acme", sftp = "inbox", include = [], exclude = ["!*.csv"], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "an_exclude_with_an_open_bracket" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out/acme", sftp = "inbox", include = [], exclude = ["[a-z"], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "an_exclude_with_a_control_character" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out/acme", sftp = "inbox", include = [], exclude = ["a\tb"], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "an_alias_where_a_key_belongs" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket/out/acme", sftp = "inbox", include = [], exclude = [], kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:alias/files" }
  }
  expect_failures = [var.location]
}

run "a_shells_word_1" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = null, sftp = "~/inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_shells_word_2" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = null, sftp = "~", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_shells_word_3" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = null, sftp = "~us/inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_shells_word_4" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = null, sftp = "/~/inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_shells_word_5" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = null, sftp = "$HOME/inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_shells_word_6" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = null, sftp = "$${HOME}/inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_shells_word_7" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = null, sftp = "%HOME%/inbox", include = [], exclude = [], kms_key_arn = null }
  }
  expect_failures = [var.location]
}

run "a_tilde_or_a_dollar_inside_a_name_is_a_name" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = null, sftp = "in~1/c$/50%", include = [], exclude = [], kms_key_arn = null }
  }

  assert {
    condition     = output.place.directory == "in~1/c$/50%"
    error_message = "Got ${output.place.directory}."
  }
}

run "an_owner_that_is_an_arn" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket", sftp = "", include = [], exclude = [], kms_key_arn = null, bucket_owner = "arn:aws:iam::123456789012:root" }
  }
  expect_failures = [var.location]
}

run "an_owner_of_eleven_digits" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket", sftp = "", include = [], exclude = [], kms_key_arn = null, bucket_owner = "12345678901" }
  }
  expect_failures = [var.location]
}

run "an_owner_that_is_empty" {
  command = plan
  module { source = "./modules/config/location" }
  variables {
    location = { s3 = "our-bucket", sftp = "", include = [], exclude = [], kms_key_arn = null, bucket_owner = "" }
  }
  expect_failures = [var.location]
}
