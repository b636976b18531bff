output "expected" {
  description = "The files as the function's configuration carries them: each with its direction."
  value       = [for file in var.expected : merge(file, { direction = file.direction == null ? var.sides[0] : file.direction })]
}
