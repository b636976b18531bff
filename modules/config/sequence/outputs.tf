output "sequence" {
  description = "The numbers as the function's configuration carries them."
  value       = var.sequence
}
