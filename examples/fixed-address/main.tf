module "bridge" {
  # From the registry: source = "<namespace>/s3-sftp-bridge/aws", with a version.
  source = "../.."

  # A network with one address to the outside. allocation_ids = [] makes a new address; one of your own outlives the bridge.
  egress        = { allocation_ids = var.allocation_ids, zones = 2 }
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
      }
      push = { sftp = "inbox" }
      pull = { sftp = "outbox", schedule = var.schedule }
    }
  }
}
