module "bridge" {
  # From the registry: source = "<namespace>/s3-sftp-bridge/aws", with a version.
  source = "../.."

  # Replaces all notifications of these buckets; none unless you say so.
  enable_eventbridge_on_buckets = var.replace_notifications ? [var.source_bucket.name] : []

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
      push = { s3 = "${var.source_bucket.name}/out/acme", sftp = "inbox", kms_key_arn = var.source_bucket.kms_key_arn }
      pull = {
        s3          = "${var.destination_bucket.name}/in/acme"
        sftp        = "outbox"
        kms_key_arn = var.destination_bucket.kms_key_arn
        schedule    = var.schedule
      }
    }
  }
  vpc = var.vpc
}
