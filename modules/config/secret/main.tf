locals {
  # What only a private key may have: an object is read, and decrypted, as a key.
  not_allowed = var.s3_allowed ? [] : ["bucket_kms_key_arn", "bucket_owner", "encryption_context", "s3"]

  patterns = {
    key_arn    = "^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$"
    object     = "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^/*?[:cntrl:]][^*?[:cntrl:]]*$"
    parameter  = "^(arn:aws[a-z-]*:ssm:[a-z0-9-]+:[0-9]{12}:parameter/[A-Za-z0-9._/-]*[A-Za-z0-9._-]|/?[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*)$"
    secret_arn = "^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+$"
  }
}
