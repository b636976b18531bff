# The variables egress and vpc: what is refused.
variables {
  name = "partner-files"
  streams = {
    acme = {
      sftp = { host = "198.51.100.20", port = 2222, username = "us", host_keys = ["SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"], password = { ssm_parameter = "/sftp/acme" } }
      push = { s3 = "our-bucket/out/acme", sftp = "inbox" }
    }
  }
}

run "both" {
  command = plan
  variables {
    egress = {}
    vpc    = { subnet_ids = ["subnet-0a"], security_group_ids = ["sg-0a"] }
  }
  expect_failures = [var.egress]
}

run "names_in_place_of_ids" {
  command = plan
  variables { vpc = { subnet_ids = ["private-a"], security_group_ids = ["sg-0a"] } }
  expect_failures = [var.vpc]
}

run "no_subnets" {
  command = plan
  variables { vpc = { subnet_ids = [], security_group_ids = ["sg-0a"] } }
  expect_failures = [var.vpc]
}
