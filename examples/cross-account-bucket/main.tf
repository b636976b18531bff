# The bridge's account and region.
provider "aws" {
  region = var.region
}

# The account and region of the bucket. Its owner may as well keep what is below "The owner's part" in a configuration of
# their own: all that it takes are the outputs bucket_policies, event_forwarding and stream_key_statements.
provider "aws" {
  alias  = "owner"
  region = var.bucket_region

  assume_role {
    role_arn = var.owner_role_arn
  }
}

module "bridge" {
  # From the registry: source = "<namespace>/s3-sftp-bridge/aws", with a version.
  source = "../.."

  name = var.name
  streams = {
    acme = {
      sftp = {
        host        = var.partner.host
        port        = var.partner.port
        username    = var.partner.username
        host_keys   = var.partner.host_keys
        private_key = { secret_arn = var.private_key_secret_arn }
      }
      push = {
        s3          = "${var.bucket}/to-acme"
        sftp        = "inbox"
        kms_key_arn = var.kms_key_arn
      }
      pull = {
        s3          = "${var.bucket}/from-acme"
        sftp        = "outbox"
        schedule    = var.schedule
        kms_key_arn = var.kms_key_arn
      }
    }
  }
}

# Lets the owner's account send events to our bus.
resource "aws_cloudwatch_event_permission" "owner" {
  count = local.owner_account_id == local.account_id ? 0 : 1

  principal    = local.owner_account_id
  statement_id = "${var.name}-owner"
}

data "aws_caller_identity" "current" {}

locals {
  account_id       = data.aws_caller_identity.current.account_id
  owner_account_id = split(":", var.owner_role_arn)[4]
}

# The owner's part: the bucket's policy, its events, and their way to our bus.
resource "aws_s3_bucket_policy" "owner" {
  provider = aws.owner

  bucket = var.bucket
  policy = module.bridge.bucket_policies[var.bucket]
}

resource "aws_s3_bucket_notification" "owner" {
  provider = aws.owner

  bucket      = var.bucket
  eventbridge = true
}

resource "aws_cloudwatch_event_rule" "owner" {
  provider = aws.owner

  name          = "${var.name}-forward"
  description   = "Objects for the bridge ${var.name} are told to its account."
  event_pattern = module.bridge.event_forwarding[var.bucket].event_pattern
}

resource "aws_cloudwatch_event_target" "owner" {
  provider = aws.owner

  rule      = aws_cloudwatch_event_rule.owner.name
  target_id = "bridge"
  arn       = module.bridge.event_forwarding[var.bucket].bus_arn
  role_arn  = aws_iam_role.owner.arn
}

resource "aws_iam_role" "owner" {
  provider = aws.owner

  name        = "${var.name}-forward"
  description = "Lets EventBridge send events to the bridge's account."
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.owner_account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "owner" {
  provider = aws.owner

  name = "forward"
  role = aws_iam_role.owner.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "events:PutEvents"
      Resource = module.bridge.event_forwarding[var.bucket].bus_arn
    }]
  })
}
