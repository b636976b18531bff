# modules/config/owners.tf: whose each bucket has to be.
variables {
  account_id     = "123456789012"
  default_bucket = "own-bucket"
  name           = "partner-files"
  streams        = {}
}

run "the_modules_own_is_the_accounts_and_others_are_what_is_said" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      acme   = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, private_key = { s3 = "their-keys/acme", bucket_owner = "333333333333" } }, push = { sftp = "inbox" }, pull = { s3 = "theirs/in/acme", sftp = "outbox", schedule = "rate(1 hour)", bucket_owner = "012345678901" } }
      globex = { sftp = { host = "g.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { s3 = "theirs/out", sftp = "inbox" }, pull = { s3 = "somebodys/in", sftp = "outbox", schedule = "rate(1 hour)" } }
    }
  }

  assert {
    condition     = jsondecode(output.json).bucket_owners == { own-bucket = "123456789012", theirs = "012345678901", their-keys = "333333333333" }
    error_message = "Got ${output.json}."
  }

  assert {
    condition     = jsonencode(output.bucket_owners) == jsonencode({ own-bucket = "123456789012", somebodys = null, theirs = "012345678901", their-keys = "333333333333" })
    error_message = "Got ${jsonencode(output.bucket_owners)}."
  }
}

run "one_bucket_of_two_accounts" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      acme   = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { s3 = "theirs/out/acme", bucket_owner = "012345678901" } }
      globex = { sftp = { host = "g.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { s3 = "theirs/out/globex", bucket_owner = "123456789012" } }
    }
  }
  expect_failures = [output.json]
}

run "the_modules_own_bucket_as_another_accounts" {
  command = plan
  module { source = "./modules/config" }
  variables {
    streams = {
      acme = { sftp = { host = "h.example", username = "us", insecure_ignore_host_key = true, password = { ssm_parameter = "/sftp/a" } }, push = { bucket_owner = "012345678901" } }
    }
  }
  expect_failures = [output.json]
}
