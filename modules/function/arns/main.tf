locals {
  exact = sort(distinct(var.arns))

  # Two groupings, the second coarser: everything before the first slash (a bucket, the first folder of a secret's name,
  # a region's parameters), then everything up to the account.
  groups = [
    { for arn in local.exact : split("/", arn)[0] => arn... },
    { for arn in local.exact : regex("^(?:[^:]*:){5}", arn) => arn... },
  ]

  # What all members of a group begin with is what the first and the last of them, in sort order, begin with.
  widened = [
    for groups in local.groups : [
      for arns in values(groups) : length(arns) == 1 ? arns[0] : format("%s*", substr(arns[0], 0, max([
        for size in range(min(length(arns[0]), length(arns[length(arns) - 1])) + 1) : size
        if substr(arns[0], 0, size) == substr(arns[length(arns) - 1], 0, size)
      ]...)))
    ]
  ]

  # At least three characters of a name have to remain, or the ARN would mean everything in the account.
  meaningful = "^arn:[^:]*:(s3:::|secretsmanager:[^:]*:[^:]*:secret:|ssm:[^:]*:[^:]*:parameter/)[^*]{3}"
}
