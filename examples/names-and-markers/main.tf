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
      }

      # orders.csv arrives as acme-orders-20260302-101500.csv, and behind it acme-orders-20260302-101500.csv.done with its SHA-256.
      push = {
        sftp      = "inbox"
        include   = ["*.csv"]
        marker    = { name = "{name}.done", content = "sha256" }
        name      = "{stream}-{stem}-{now:yyyyMMdd-HHmmss}{ext}"
        on_exists = "fail"
        time_zone = var.time_zone
      }

      # report-0017.csv counts once report-0017.ok is beside it with its SHA-256, and comes once report-0016.csv has: as
      # 2026/03/report-0017-20260302101500.csv. It goes to outbox/archive/report-0017-2026-03-02.csv at the partner.
      pull = {
        sftp      = "outbox"
        archive   = { directory = "outbox/archive", name = "{stem}-{mtime:yyyy-MM-dd}{ext}" }
        include   = ["*.csv"]
        name      = "{mtime:yyyy}/{mtime:MM}/{stem}-{mtime:yyyyMMddHHmmss}{ext}"
        order     = "sequence"
        ready     = { marker = "{stem}.ok", checksum = "sha256" }
        schedule  = var.schedule
        sequence  = { name = "report-{seq:4}.csv", first = var.first_report, max = 9999 }
        time_zone = var.time_zone
      }
    }
  }
}
