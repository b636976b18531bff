module "bridge" {
  # From the registry: source = "<namespace>/s3-sftp-bridge/aws", with a version.
  source = "../.."

  # The buckets of the original are there already. To send their events to the bridge replaces their notifications, and with
  # them the call of the original's function: this is the moment when the bridge takes over.
  enable_eventbridge_on_buckets = var.enable_eventbridge_on_buckets
  force_destroy                 = var.force_destroy
  name                          = var.name
  schedule_rules                = var.schedule_rules
  streams                       = var.streams
}
