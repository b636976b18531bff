output "sequence" {
  description = "The numbers as the function's configuration carries them."
  value       = var.sequence

  precondition {
    condition     = alltrue([for pattern in var.include : endswith(regex("[^*?\\]})]*$", pattern), local.ending) || endswith(local.ending, regex("[^*?\\]})]*$", pattern))])
    error_message = "${var.label}.include: ${jsonencode(var.include)} has a pattern for names that end otherwise than sequence.name (${jsonencode(var.sequence.name)}): such a file has no number, and would fail. Have both end alike, or move those files by a stream of their own."
  }
}
