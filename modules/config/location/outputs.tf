# One output, here and in the other modules that every stream has instances of: Terraform searches all outputs that it has
# planned for each one that it plans, so that three times as many take nine times as long.
output "place" {
  description = "`bucket` and `prefix` (empty, or ending in a slash); `directory` without a trailing slash (empty is the log-in directory, `/` the root); `root`, the directory as a path that ends in a slash."
  value = {
    bucket    = local.bucket
    directory = local.directory
    prefix    = local.folder == "" ? "" : "${local.folder}/"
    root      = local.root
  }
}
