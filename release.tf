# Where this version of the module can be read. A release writes both (CONTRIBUTING.md); a test compares the version with
# package.json's.
locals {
  release_repository = "https://github.com/<namespace>/terraform-aws-s3-sftp-bridge"
  release_version    = "0.1.0"
}
