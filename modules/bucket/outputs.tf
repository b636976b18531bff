output "arn" {
  description = "ARN of the bucket."
  value       = aws_s3_bucket.this.arn
}

output "name" {
  description = "Name of the bucket. It is given out when the bucket is private, encrypted, versioned and TLS-only."
  value       = aws_s3_bucket.this.id

  depends_on = [
    aws_s3_bucket_notification.this,
    aws_s3_bucket_ownership_controls.this,
    aws_s3_bucket_policy.this,
    aws_s3_bucket_server_side_encryption_configuration.this,
    aws_s3_bucket_versioning.this,
  ]
}
