# One output, here and in the other modules that every stream has instances of: Terraform searches all outputs that it has
# planned for each one that it plans, so that three times as many take nine times as long.
output "place" {
  description = "`bucket` and `prefix` (empty, or ending in a slash); `directory` without a trailing slash (empty is the log-in directory, `/` the root); `root`, the directory as a path that ends in a slash."
  value = {
    bucket    = local.path[0]
    directory = local.directory
    prefix    = join("", [for folder in slice(local.path, 1, length(local.path)) : "${folder}/"])
    # With a slash at the end one directory is inside another exactly if it begins with it. The log-in directory is written
    # as /~/, because where it lies below the root isn't known here.
    root = startswith(local.directory, "/") ? "${trimsuffix(local.directory, "/")}/" : "/~/${local.directory}${local.directory == "" ? "" : "/"}"
  }
}
