output "secret" {
  description = "The reference: `config` (what the function reads) and `access` (what its role needs: to read the secret, and, where a key of the bucket's encrypts an object, that key through S3). How many entries `access` has is known at plan time."
  value = {
    access = concat(
      [{
        bucket_owner  = var.secret.bucket_owner
        kms_key_arn   = var.secret.kms_key_arn
        s3            = var.secret.s3
        secret_arn    = var.secret.secret_arn
        ssm_parameter = var.secret.ssm_parameter
        through_s3    = false
      }],
      [for key in keys(var.given) : {
        bucket_owner  = null
        kms_key_arn   = var.secret.bucket_kms_key_arn
        s3            = var.secret.s3
        secret_arn    = null
        ssm_parameter = null
        through_s3    = true
      } if key == "bucket_kms_key_arn"],
    )
    config = {
      encryption_context = var.secret.encryption_context
      json_key           = var.secret.json_key
      s3                 = var.secret.s3
      secret_arn         = var.secret.secret_arn
      ssm_parameter      = var.secret.ssm_parameter
    }
  }
}
