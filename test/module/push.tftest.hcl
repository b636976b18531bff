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

run "an_unknown_way_to_verify" {
  command = plan
  module { source = "./modules/config/push" }
  variables {
    push = { verify = "yes" }
  }
  expect_failures = [var.push]
}
