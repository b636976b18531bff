# The ways in to the function: on each so much can be asked and no more (lambda/src/aliases.ts), and IAM says who comes in by which.
# A permission for an alias is none for the function, nor the other way about.
# https://docs.aws.amazon.com/lambda/latest/dg/versioning-aliases-permissions.html
locals {
  aliases = {
    drain    = "What a tick starts: drains of partners."
    intake   = "The queue's event source: events of S3."
    operate  = "An operator who changes something: all operator actions, ticks and polls."
    read     = "An operator who looks: actions that change nothing."
    schedule = "Rules of EventBridge: ticks and polls."
  }

  # The role's and the operators' policies name them without waiting for the function.
  alias_arns = { for alias in keys(local.aliases) : alias => "${local.function_arn}:${alias}" }

  journal_arn = "arn:${local.partition}:dynamodb:${local.region}:${local.account_id}:table/${var.name}-journal"

  operator_policies = merge(local.operator_ways, { journal = local.journal_policy })

  operator_ways = {
    for role, aliases in { operate = ["operate", "read"], read = ["read"] } : role => jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Sid      = "Bridge"
          Effect   = "Allow"
          Action   = "lambda:InvokeFunction"
          Resource = [for alias in aliases : local.alias_arns[alias]]
        },
        # What `bridge status` shows besides. Neither action knows resources.
        {
          Sid      = "Status"
          Effect   = "Allow"
          Action   = ["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"]
          Resource = "*"
        },
      ]
    })
  }

  # What `bridge console` reads of the journal by itself: all entries, those that wait, and which table it is.
  journal_policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid      = "Entries"
          Effect   = "Allow"
          Action   = "dynamodb:Scan"
          Resource = local.journal_arn
        },
        {
          Sid      = "OpenEntries"
          Effect   = "Allow"
          Action   = "dynamodb:Query"
          Resource = "${local.journal_arn}/index/open"
        },
        {
          Sid      = "Table"
          Effect   = "Allow"
          Action   = "lambda:GetFunctionConfiguration"
          Resource = local.function_arn
        },
      ],
      # The table, and the function's environment, which says which table it is.
      [for key in var.kms_key[*] : {
        Sid       = "Key"
        Effect    = "Allow"
        Action    = "kms:Decrypt"
        Resource  = key.arn
        Condition = { StringEquals = { "kms:ViaService" = [for service in ["dynamodb", "lambda"] : "${service}.${local.region}.${local.dns_suffix}"] } }
      }],
    )
  })
}

resource "aws_lambda_alias" "this" {
  for_each = local.aliases

  name             = each.key
  description      = each.value
  function_name    = aws_lambda_function.this.function_name
  function_version = "$LATEST"

  lifecycle {
    replace_triggered_by = [terraform_data.network]
  }
}

# As for the function itself (main.tf): each alias has its own.
resource "aws_lambda_function_event_invoke_config" "aliases" {
  for_each = toset(["drain", "schedule"])

  function_name                = aws_lambda_function.this.function_name
  qualifier                    = aws_lambda_alias.this[each.key].name
  maximum_event_age_in_seconds = 900
  maximum_retry_attempts       = 0

  lifecycle {
    replace_triggered_by = [terraform_data.network]
  }
}

resource "aws_lambda_permission" "tick" {
  statement_id  = "tick"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.this.function_name
  principal     = "events.amazonaws.com"
  qualifier     = aws_lambda_alias.this["schedule"].name
  source_arn    = "${local.rules_arn}-tick"

  lifecycle {
    replace_triggered_by = [terraform_data.network]
  }
}

# One permission for the polls of all streams: one for each would fill the policy (20 KB) with a hundred of them. Whoever makes a
# rule of such a name can ask for a tick or a poll, and for nothing else. No other bridge's rules are called so (variable `name`).
resource "aws_lambda_permission" "polls" {
  statement_id  = "polls"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.this.function_name
  principal     = "events.amazonaws.com"
  qualifier     = aws_lambda_alias.this["schedule"].name
  source_arn    = "${local.rules_arn}-poll-*"

  lifecycle {
    replace_triggered_by = [terraform_data.network]
  }
}

# Rules of the user's own, by name: what they are called says which streams they poll.
resource "aws_lambda_permission" "schedule_rules" {
  for_each = var.schedule_rules

  # Statement IDs have no periods.
  statement_id  = "schedule-rule-${sha1(each.key)}"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.this.function_name
  principal     = "events.amazonaws.com"
  qualifier     = aws_lambda_alias.this["schedule"].name
  source_arn    = "arn:${local.partition}:events:${local.region}:${local.account_id}:rule/${each.key}"

  lifecycle {
    replace_triggered_by = [terraform_data.network]
  }
}
