output "arn" {
  description = "ARN of the key that is used, given out when its policy lets the services use it."
  value       = var.create ? aws_kms_key.this[0].arn : var.arn
}

output "statements" {
  description = "Statements that the policy of a key needs so that the services can use it for the bridge."
  value       = local.services
}
