# What the bucket's owner has to do. It may as well be a configuration of the owner's, with the bridge's outputs as its input.

# A bucket has one policy, and so has a key: what they have today stays, and the bridge's statements come to it.
data "aws_iam_policy_document" "bucket" {
  source_policy_documents = compact([var.bucket_policy, module.bridge.bucket_policies[var.bucket]])
}

data "aws_iam_policy_document" "key" {
  count = var.kms_key_arn == null ? 0 : 1

  source_policy_documents = [
    var.kms_key_policy,
    jsonencode({ Version = "2012-10-17", Statement = [jsondecode(module.bridge.stream_key_statements[var.kms_key_arn])] }),
  ]
}

resource "aws_s3_bucket_policy" "bridge" {
  provider = aws.owner

  bucket = var.bucket
  policy = data.aws_iam_policy_document.bucket.json
}

resource "aws_kms_key_policy" "bridge" {
  provider = aws.owner
  count    = var.kms_key_arn == null ? 0 : 1

  key_id = split("/", var.kms_key_arn)[1]
  policy = data.aws_iam_policy_document.key[0].json
}

# S3 sends events to the bus of its own account and region, which passes them on to the bridge's.
module "events" {
  # From the registry: source = "<namespace>/s3-sftp-bridge/aws//modules/forwarding", with a version.
  source = "../../modules/forwarding"

  forwarding = module.bridge.event_forwarding[var.bucket]
  name       = var.name

  providers = {
    aws = aws.owner
  }
}

# Replaces the whole notification configuration of the bucket: only where nothing else hangs on it.
resource "aws_s3_bucket_notification" "bridge" {
  provider = aws.owner
  count    = var.enable_eventbridge ? 1 : 0

  bucket      = var.bucket
  eventbridge = true
}
