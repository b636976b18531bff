data "aws_caller_identity" "current" {}

# The bucket that our applications write to. An existing one will do as well: name it in the stream, and turn EventBridge
# on for it (by yourself, or with enable_eventbridge_on_buckets).
module "files" {
  source = "../../modules/bucket"

  force_destroy = var.force_destroy
  name          = "${var.name}-files-${data.aws_caller_identity.current.account_id}"
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
        s3   = "${module.files.name}/acme"
        sftp = var.remote_directory
      }
    }
  }
}
