# What Lambda does in the role's name for a function in a VPC, as in AWSLambdaVPCAccessExecutionRole. Lambda has no narrower
# form of it: it doesn't say which interfaces it will make. The function's own code may do none of it.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
locals {
  network_actions = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
  ]
}

resource "aws_iam_role_policy" "network" {
  # checkov:skip=CKV_AWS_355: Lambda makes the interfaces, and their names are not known beforehand
  # checkov:skip=CKV_AWS_290: the same; the second statement keeps the function's code from it
  count = var.vpc == null ? 0 : 1

  name = "network"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "LambdaAttaches"
        Effect   = "Allow"
        Action   = local.network_actions
        Resource = "*"
      },
      {
        Sid       = "CodeDoesNot"
        Effect    = "Deny"
        Action    = local.network_actions
        Resource  = "*"
        Condition = { ArnEquals = { "lambda:SourceFunctionArn" = local.function_arn } }
      },
    ]
  })
}
