output "gate" {
  description = "The gate as the function's configuration carries it."
  value       = var.gate
}
