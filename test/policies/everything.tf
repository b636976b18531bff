# A bridge with all that brings a policy, a grant or a permission with it, for the look-up in AWS's catalogue.
variable "key" { type = string }
variable "other_key" { type = string }
variable "secret" { type = string }

locals {
  host_keys = ["SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]
  sftp      = { host = "sftp.example.com", host_keys = local.host_keys }
}

module "bridge" {
  source = "../.."

  egress         = {}
  kms_key        = { create = true }
  monitoring     = { email_addresses = ["ops@example.com"] }
  name           = "everything"
  schedule_rules = ["one"]
  streams = {
    one = {
      sftp = merge(local.sftp, { username = "one", private_key = { secret_arn = var.secret, kms_key_arn = var.key } })
      push = { sftp = "in", gate = { guardduty = {} } }
      pull = { sftp = "out", gate = { guardduty = {} }, schedule = ["rate(1 hour)", "cron(0 6 * * ? *)"], time_zone = "Europe/Berlin" }
    }
    two = {
      sftp = merge(local.sftp, { username = "two", password = { ssm_parameter = "/sftp/two", kms_key_arn = var.key } })
      push = { s3 = "their-bucket/out", sftp = "in", kms_key_arn = var.other_key, gate = { guardduty = {} } }
      pull = {
        s3          = "their-bucket/in"
        sftp        = "out"
        kms_key_arn = var.other_key
        schedule    = "rate(1 hour)"
        gate        = { function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:look" }
      }
    }
    three = {
      sftp = merge(local.sftp, {
        username    = "three"
        private_key = { s3 = "keys-bucket/three", kms_key_arn = var.key, bucket_kms_key_arn = var.other_key }
      })
      push = { gate = { function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:scan" } }
    }
  }
}

module "events" {
  source = "../../modules/forwarding"

  forwarding = module.bridge.event_forwarding["their-bucket"]
  name       = "everything-events"
}

# The policy of a key of the user's own, with what the module says that it needs.
output "policies" {
  value = {
    bucket = module.bridge.bucket_policies
    key    = module.bridge.kms_key_statements
    stream = module.bridge.stream_key_statements
  }
}
