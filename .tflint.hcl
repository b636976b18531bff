# The rules that come with tflint itself; its rules for AWS are a plugin that would have to be downloaded.
plugin "terraform" {
  enabled = true
  preset  = "all"
}

# Where a variable has a hundred lines of validation, it has a file of its own.
rule "terraform_standard_module_structure" {
  enabled = false
}
