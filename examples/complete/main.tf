data "aws_caller_identity" "current" {}

# A bucket that was there before the bridge. It is made here so that the example stands by itself; in life it is somewhere
# else, and only its name is known.
module "reports" {
  source = "../../modules/bucket"

  force_destroy = var.force_destroy
  name          = "${var.name}-reports-${data.aws_caller_identity.current.account_id}"
}

module "bridge" {
  # From the registry: source = "<namespace>/s3-sftp-bridge/aws", with a version.
  source = "../.."

  force_destroy      = var.force_destroy
  log_retention_days = 90
  name               = var.name
  tags               = var.tags

  # What each stream has delivered on a day, and what not: daily/acme/2026-03-02.csv in our bucket.
  reports = {
    s3        = "${module.reports.name}/daily"
    time_zone = "Europe/Berlin"
  }

  streams = {
    # Both ways, in the bucket that the module makes: acme/push/ goes out, acme/pull/ is what came in.
    acme = {
      sftp = {
        host            = var.acme.host
        port            = var.acme.port
        username        = var.acme.username
        host_keys       = var.acme.host_keys
        private_key     = { secret_arn = var.acme.private_key_secret_arn }
        max_connections = 2
      }
      push = { sftp = "inbox" }
      pull = { sftp = "outbox", schedule = var.schedule }
    }

    # Both ways, in a bucket of our own. The password is one field of a JSON secret; orders go out as CSV only; reports are
    # deleted at the partner once they are here.
    globex = {
      sftp = {
        host      = var.globex.host
        port      = var.globex.port
        username  = var.globex.username
        host_keys = var.globex.host_keys
        password  = { secret_arn = var.globex.credentials_secret_arn, json_key = "password" }
      }
      push = {
        s3      = "${module.reports.name}/orders/globex"
        sftp    = "incoming/orders"
        include = ["**/*.csv"]
      }
      pull = {
        s3   = "${module.reports.name}/reports/globex"
        sftp = "outgoing"
        # Beside the usual one, at 07:00 of their working days.
        schedule  = [var.schedule, "cron(0 7 ? * MON-FRI *)"]
        time_zone = "Europe/Berlin"
        after     = "delete"
        # They call each month's report the same: a second report.csv is report-1.csv, and takes no other's place.
        on_exists = "number"
      }
      retry_for_days = 14
    }
  }
}
