locals {
  # What Node 24 knows (`Intl.supportedValuesOf`), a line each; a test compares.
  time_zones = toset(split("\n", trimspace(file("${path.module}/../time-zones.txt"))))

  given_keys = try(keys(var.given), ["(not an object)"])
}

module "location" {
  source = "../location"

  default_s3 = var.default_bucket == null ? null : "${var.default_bucket}/reports"
  label      = "reports"
  location   = var.reports
}
