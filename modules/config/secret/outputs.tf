output "access" {
  description = "What the function's role needs in order to read the secret."
  value = {
    kms_key_arn   = var.secret.kms_key_arn
    s3            = var.secret.s3
    secret_arn    = var.secret.secret_arn
    ssm_parameter = var.secret.ssm_parameter
  }
}

output "config" {
  description = "The reference as the function's configuration carries it."
  value = {
    encryption_context = var.secret.encryption_context
    json_key           = var.secret.json_key
    s3                 = var.secret.s3
    secret_arn         = var.secret.secret_arn
    ssm_parameter      = var.secret.ssm_parameter
  }
}
