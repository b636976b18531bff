output "bucket_policies" {
  description = "By bucket that the module didn't make, the policy that its owner attaches, or merges into the bucket's own."
  value = {
    for bucket, statements in local.statements : bucket => jsonencode({ Version = "2012-10-17", Statement = statements })
  }
}

output "event_forwarding" {
  description = "By bucket that objects are pushed from and that the module didn't make, what a rule in the bucket's account and region needs, where that is another one: `event_pattern`, and `bus_arn` as its target."
  value = {
    for bucket in keys(local.pushed) : bucket => {
      bus_arn = "arn:${local.partition}:events:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}:event-bus/default"
      event_pattern = jsonencode({
        source        = ["aws.s3"]
        "detail-type" = ["Object Created"]
        detail        = { bucket = { name = [bucket] } }
      })
    } if bucket != var.own_bucket
  }
}

output "key_statements" {
  description = "By KMS key, the statement for the key's policy (JSON); needed where the key is in another account, or its policy doesn't leave the account's roles to IAM."
  value = {
    for key in distinct(concat(local.decrypting, local.encrypting)) : key => jsonencode({
      Sid       = "Bridge"
      Effect    = "Allow"
      Principal = local.principal
      Action    = contains(local.encrypting, key) ? ["kms:Decrypt", "kms:GenerateDataKey"] : ["kms:Decrypt"]
      Resource  = "*"
    })
  }
}
