output "access" {
  description = "What the function's role needs in order to read the secret."
  value = {
    kms_key_arn   = var.secret.kms_key_arn
    s3            = var.secret.s3
    secret_arn    = var.secret.secret_arn
    ssm_parameter = var.secret.ssm_parameter
    through_s3    = false
  }
}

output "bucket_access" {
  description = "What S3 needs, for the role, in order to hand out an object that a key of the bucket's encrypts: a list of at most one, known in length at plan time."
  value = [
    for key in keys(var.given) : {
      kms_key_arn   = var.secret.bucket_kms_key_arn
      s3            = var.secret.s3
      secret_arn    = null
      ssm_parameter = null
      through_s3    = true
    } if key == "bucket_kms_key_arn"
  ]
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
