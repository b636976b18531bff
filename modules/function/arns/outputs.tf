output "levels" {
  description = "Lists of ARNs that cover the given ones, each shorter and wider than the one before. The first is exact."
  value = concat([local.exact], [
    for arns in local.widened : arns if alltrue([for arn in arns : can(regex(local.meaningful, arn))])
  ])
}
