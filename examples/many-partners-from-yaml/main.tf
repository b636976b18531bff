module "bridge" {
  # From the registry: source = "<namespace>/s3-sftp-bridge/aws", with a version.
  source = "../.."

  force_destroy = var.force_destroy
  name          = var.name

  # The file is the stream map as it stands, so that the plan checks each entry, and says so by partner and field.
  streams = yamldecode(file(var.partners_file))
}
