locals {
  sftp = {
    host        = var.partner.host
    port        = var.partner.port
    username    = var.partner.username
    host_keys   = var.partner.host_keys
    private_key = { secret_arn = var.private_key_secret_arn }
  }

  # What the partner encrypts to us: it has to be signed by them.
  from_partner = {
    decrypt_with = [{ secret_arn = var.pgp.our_private_key_secret_arn }]
    passphrase   = { secret_arn = var.pgp.our_passphrase_secret_arn }
    verify_from  = [{ secret_arn = var.pgp.their_public_key_secret_arn }]
  }
}

module "bridge" {
  # From the registry: source = "<namespace>/s3-sftp-bridge/aws", with a version.
  source = "../.."

  force_destroy = var.force_destroy
  name          = var.name
  streams = {
    # order.csv arrives as order.csv.pgp, encrypted to the partner and signed by us; report.csv.pgp comes as report.csv.
    acme = {
      sftp = local.sftp
      push = {
        sftp = "inbox"
        pgp = {
          encrypt_to = [{ secret_arn = var.pgp.their_public_key_secret_arn }]
          passphrase = { secret_arn = var.pgp.our_passphrase_secret_arn }
          sign_with  = { secret_arn = var.pgp.our_private_key_secret_arn }
        }
      }
      pull = {
        sftp     = "outbox"
        pgp      = local.from_partner
        schedule = var.schedule
      }
    }

    # march.zip.pgp, decrypted first, comes as its files: march/…
    acme-archives = {
      sftp = local.sftp
      pull = {
        sftp     = "archives"
        extract  = { formats = ["zip", "tar.gz"], max_bytes = 1073741824, max_entries = 1000 }
        pgp      = local.from_partner
        schedule = var.schedule
      }
    }
  }
}
