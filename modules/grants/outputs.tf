output "bucket_policies" {
  description = "By bucket that the module didn't make, the policy that its owner attaches, or merges into the bucket's own."
  value       = { for bucket, policies in local.policies : bucket => length(policies[0]) <= local.policy_limit ? policies[0] : policies[1] }
}

output "event_forwarding" {
  description = "By bucket that objects are pushed from and that the module didn't make, what a rule in the bucket's account and region needs, where that is another one: `event_pattern`, and `bus_arn` as its target."
  value = {
    for bucket, patterns in local.patterns : bucket => {
      bus_arn       = "arn:${local.partition}:events:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}:event-bus/default"
      event_pattern = length(patterns[0]) <= 2048 ? patterns[0] : patterns[1]
    }
  }
}

output "key_statements" {
  description = "By KMS key, the statement for the key's policy (JSON); needed where the key is in another account, or its policy doesn't leave the account's roles to IAM."
  value = {
    for key, uses in local.keys : key => jsonencode(merge(
      {
        Sid       = "Bridge"
        Effect    = "Allow"
        Principal = local.principal
        Action    = sort(distinct(flatten(uses[*].actions)))
        Resource  = "*"
      },
      contains(uses[*].via, "") ? {} : {
        Condition = { StringLike = { "kms:ViaService" = [for service in sort(distinct(uses[*].via)) : "${service}.*.${data.aws_partition.current.dns_suffix}"] } }
      },
    ))
  }
}

output "widened" {
  description = "Buckets whose policies name all objects, because the prefixes are too many for a policy; empty where there is none."
  value       = local.widened
}
