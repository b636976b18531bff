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
      push = { s3 = "${var.bucket}/out/acme", sftp = "inbox", bucket_owner = var.owner.account_id, kms_key_arn = var.kms_key_arn }
      pull = { s3 = "${var.bucket}/in/acme", sftp = "outbox", bucket_owner = var.owner.account_id, kms_key_arn = var.kms_key_arn, schedule = var.schedule }
    }
  }
}

# Lets the owner's account send events to our bus; beside what the bus's policy has already.
resource "aws_cloudwatch_event_permission" "owner" {
  principal    = var.owner.account_id
  statement_id = "${var.name}-owner"
}
