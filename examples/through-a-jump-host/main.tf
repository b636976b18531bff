module "bridge" {
  # From the registry: source = "<namespace>/s3-sftp-bridge/aws", with a version.
  source = "../.."

  force_destroy = var.force_destroy
  name          = var.name
  streams = {
    acme = {
      sftp = {
        host        = var.partner.host
        port        = var.partner.port
        username    = var.partner.username
        host_keys   = var.partner.host_keys
        private_key = { secret_arn = var.private_key_secret_arn }

        # Both are logged in to, each with its own key: what is pinned for the partner is the partner's, seen through the jump host.
        via = {
          type        = "ssh"
          host        = var.jump_host.host
          port        = var.jump_host.port
          username    = var.jump_host.username
          host_keys   = var.jump_host.host_keys
          private_key = { secret_arn = var.jump_key_secret_arn }
        }
      }
      push = { sftp = "inbox" }
      pull = { sftp = "outbox", schedule = var.schedule }
    }
  }
}
