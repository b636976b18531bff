module "bridge" {
  # From the registry: source = "<namespace>/s3-sftp-bridge/aws", with a version.
  source = "../.."

  force_destroy = var.force_destroy
  name          = var.name
  streams = {
    acme = {
      sftp = {
        host      = var.partner.host
        port      = var.partner.port
        username  = var.partner.username
        host_keys = var.partner.host_keys
        password  = { secret_arn = var.password_secret_arn }
      }
      # Without `s3`, the files go to a bucket that the module makes, below acme/pull/.
      pull = {
        sftp     = var.remote_directory
        schedule = var.schedule
      }
    }
  }
}
