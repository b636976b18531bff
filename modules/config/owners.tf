# Whose each bucket has to be. S3 compares that with every request, so that a bucket which was deleted, and made anew by
# somebody else, neither gets files nor gives any. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
locals {
  used_buckets = flatten([[
    for report in local.reports[*] : { bucket = report.bucket, label = "reports", owner = report.bucket_owner }
    ], [
    for name, stream in local.streams : concat(
      [
        for side in ["pull", "push"] : {
          bucket = stream.config[side].bucket
          label  = "${name}, ${side}"
          owner  = stream.access["${side}_bucket_owner"]
        } if stream.config[side] != null
      ],
      [
        for secret in stream.access.secrets : {
          bucket = split("/", secret.s3)[0]
          label  = "${name}, a private key"
          owner  = secret.bucket_owner
        } if secret.s3 != null && !secret.through_s3
      ],
    )
    ],
  ])
  uses_of = { for use in local.used_buckets : use.bucket => use... }

  # What is said of one stream's bucket holds for it in all streams: it is the same bucket. The module's own is the account's.
  owners_said = {
    for bucket, uses in local.uses_of : bucket => distinct([
      for owner in concat(uses[*].owner, bucket == var.default_bucket ? [var.account_id] : []) : owner if owner != null
    ])
  }
  bucket_owners = { for bucket, owners in local.owners_said : bucket => owners[0] if length(owners) > 0 }
}
