# modules/function: what every bridge has once.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { dns_suffix = "amazonaws.com", partition = "aws" }
  }

  mock_data "aws_region" {
    defaults = { region = "eu-west-1" }
  }

  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:eu-west-1:123456789012:rule/mocked" }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/mocked" }
  }

  mock_resource "aws_dynamodb_table" {
    defaults = { arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/mocked" }
  }

  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::123456789012:policy/mocked" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mocked" }
  }

  mock_resource "aws_lambda_alias" {
    defaults = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:mocked:alias" }
  }

  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:mocked" }
  }

  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::mocked" }
  }

  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-west-1:123456789012:mocked", url = "https://sqs.eu-west-1.amazonaws.com/123456789012/mocked" }
  }
}

override_resource {
  target = aws_sqs_queue.events
  values = { arn = "arn:aws:sqs:eu-west-1:123456789012:partner-files-events", url = "https://sqs.example/events" }
}

override_resource {
  target = aws_sqs_queue.dead_letters
  values = { arn = "arn:aws:sqs:eu-west-1:123456789012:partner-files-dead-letters", url = "https://sqs.example/dead-letters" }
}

override_resource {
  target = aws_sqs_queue.undelivered
  values = { arn = "arn:aws:sqs:eu-west-1:123456789012:partner-files-undelivered", url = "https://sqs.example/undelivered" }
}

override_resource {
  target = aws_dynamodb_table.journal
  values = { arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/partner-files-journal" }
}

override_resource {
  target = module.config_bucket.aws_s3_bucket.this
  values = { arn = "arn:aws:s3:::config-bucket", id = "config-bucket" }
}

variables {
  config_json            = "{\"version\":1}"
  deletion_protection    = false
  journal_retention_days = 400
  log_level              = "INFO"
  log_retention_days     = 30
  maximum_concurrency    = 10
  memory_size            = 512
  metric_namespace       = "partner-files"
  name                   = "partner-files"
  package                = "./lambda/dist/bridge.zip"
  role_path              = "/"
  streams                = {}
  timeout                = 900
}

run "the_function" {
  module { source = "./modules/function" }

  assert {
    condition = {
      name          = aws_lambda_function.this.function_name
      handler       = aws_lambda_function.this.handler
      runtime       = aws_lambda_function.this.runtime
      architectures = aws_lambda_function.this.architectures
      memory_size   = aws_lambda_function.this.memory_size
      timeout       = aws_lambda_function.this.timeout
      hash          = aws_lambda_function.this.source_code_hash
      log_format    = aws_lambda_function.this.logging_config[0].log_format
      log_group     = aws_lambda_function.this.logging_config[0].log_group
      } == {
      name          = "partner-files"
      handler       = "index.handler"
      runtime       = "nodejs24.x"
      architectures = tolist(["arm64"])
      memory_size   = 512
      timeout       = 900
      hash          = filebase64sha256("./lambda/dist/bridge.zip")
      log_format    = "Text"
      log_group     = "/aws/lambda/partner-files"
    }
    error_message = "The function is not what it should be."
  }

  assert {
    condition = aws_lambda_function.this.environment[0].variables == tomap({
      BRIDGE_ACCOUNT_ID            = "123456789012"
      BRIDGE_CONFIG_BUCKET         = "config-bucket"
      BRIDGE_CONFIG_KEY            = "config/${sha256("{\"version\":1}")}.json"
      BRIDGE_DEAD_LETTER_QUEUE_URL = "https://sqs.example/dead-letters"
      BRIDGE_DELIVERED_TTL_DAYS    = "400"
      BRIDGE_METRIC_NAMESPACE      = "partner-files"
      BRIDGE_NAME                  = "partner-files"
      BRIDGE_QUEUE_URL             = "https://sqs.example/events"
      BRIDGE_TABLE                 = "partner-files-journal"
      BRIDGE_UNDELIVERED_QUEUE_URL = "https://sqs.example/undelivered"
      MALLOC_ARENA_MAX             = "1"
      MALLOC_MMAP_THRESHOLD_       = "131072"
      MALLOC_TRIM_THRESHOLD_       = "4194304"
      NODE_OPTIONS                 = "--expose-gc"
      POWERTOOLS_LOG_LEVEL         = "INFO"
      POWERTOOLS_SERVICE_NAME      = "partner-files"
    })
    error_message = "The function's environment is not what it reads: ${jsonencode(aws_lambda_function.this.environment[0].variables)}"
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.function_name == aws_lambda_alias.this["intake"].arn
    error_message = "The queue comes in by another way than its alias."
  }

  assert {
    condition     = aws_lambda_function_event_invoke_config.this.maximum_retry_attempts == 0 && aws_lambda_function_event_invoke_config.this.maximum_event_age_in_seconds == 900
    error_message = "Lambda would repeat polls and ticks."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.name == "/aws/lambda/partner-files" && aws_cloudwatch_log_group.this.retention_in_days == 30
    error_message = "The log group is not the function's, or keeps for ever."
  }
}

run "the_configuration_object" {
  module { source = "./modules/function" }

  assert {
    condition     = aws_s3_object.config.content == "{\"version\":1}" && aws_s3_object.config.key == "config/${sha256("{\"version\":1}")}.json" && aws_s3_object.config.bucket == "config-bucket"
    error_message = "The configuration is not where the function looks."
  }
}

run "the_queues" {
  module { source = "./modules/function" }
  variables {
    streams = {
      globex  = { access = { pull_kms_key_arn = null, push_kms_key_arn = null, secrets = [] }, config = { pull = null, push = { bucket = "b", prefix = "" } }, rule_names = { push = "partner-files-push-globex", poll = "partner-files-poll-globex" } }
      acme    = { access = { pull_kms_key_arn = null, push_kms_key_arn = null, secrets = [] }, config = { pull = null, push = { bucket = "b", prefix = "" } }, rule_names = { push = "partner-files-push-acme", poll = "partner-files-poll-acme" } }
      pulling = { access = { pull_kms_key_arn = null, push_kms_key_arn = null, secrets = [] }, config = { pull = { bucket = "b", prefix = "" }, push = null }, rule_names = { push = "partner-files-push-pulling", poll = "partner-files-poll-pulling" } }
    }
  }

  # The policies name the queues by ARNs that are made of these names.
  assert {
    condition     = [aws_sqs_queue.events.name, aws_sqs_queue.dead_letters.name, aws_sqs_queue.undelivered.name] == ["partner-files-events", "partner-files-dead-letters", "partner-files-undelivered"]
    error_message = "The queues are not called as their policies say."
  }

  assert {
    condition = output.bridge == {
      name                  = "partner-files"
      queue_arn             = "arn:aws:sqs:eu-west-1:123456789012:partner-files-events"
      schedule_arn          = aws_lambda_alias.this["schedule"].arn
      undelivered_queue_arn = "arn:aws:sqs:eu-west-1:123456789012:partner-files-undelivered"
    }
    error_message = "The streams' rules are sent elsewhere: ${jsonencode(output.bridge)}"
  }

  assert {
    condition     = aws_sqs_queue.events.visibility_timeout_seconds == 960 && aws_sqs_queue.events.message_retention_seconds == 1209600 && aws_sqs_queue.events.sqs_managed_sse_enabled
    error_message = "The queue hides messages for less than six time-outs, keeps them for less than 14 days, or is not encrypted."
  }

  assert {
    condition     = jsondecode(aws_sqs_queue_redrive_policy.events.redrive_policy) == { deadLetterTargetArn = "arn:aws:sqs:eu-west-1:123456789012:partner-files-dead-letters", maxReceiveCount = 8 }
    error_message = "What can't be taken in does not become a dead letter."
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.dead_letters.redrive_allow_policy) == { redrivePermission = "byQueue", sourceQueueArns = ["arn:aws:sqs:eu-west-1:123456789012:partner-files-events"] }
    error_message = "Other queues may send dead letters here."
  }

  assert {
    condition = alltrue([
      for queue in [aws_sqs_queue.dead_letters, aws_sqs_queue.undelivered] : queue.message_retention_seconds == 1209600 && queue.sqs_managed_sse_enabled
    ])
    error_message = "A dead-letter queue forgets early, or is not encrypted."
  }

  assert {
    condition = alltrue([
      for queue, policy in { events = aws_sqs_queue.events.policy, undelivered = aws_sqs_queue.undelivered.policy } : jsondecode(policy) == {
        Version                     = "2012-10-17"
        Statement = [
          {
            Sid       = "PushRules"
            Effect    = "Allow"
            Principal = { Service = "events.amazonaws.com" }
            Action    = "sqs:SendMessage"
            Resource  = "arn:aws:sqs:eu-west-1:123456789012:partner-files-${queue}"
            Condition = { ArnEquals = { "aws:SourceArn" = ["arn:aws:events:eu-west-1:123456789012:rule/partner-files-push-acme", "arn:aws:events:eu-west-1:123456789012:rule/partner-files-push-globex"] } }
          },
          {
            Sid       = "TlsOnly"
            Effect    = "Deny"
            Principal = "*"
            Action    = "sqs:*"
            Resource  = "arn:aws:sqs:eu-west-1:123456789012:partner-files-${queue}"
            Condition = { Bool = { "aws:SecureTransport" = "false" } }
          },
        ]
      }
    ])
    error_message = "Who may send to the queues has changed: ${aws_sqs_queue.events.policy}"
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.dead_letters.policy).Statement[*].Sid == ["TlsOnly"]
    error_message = "Somebody may send dead letters besides the queue itself."
  }

  assert {
    condition = {
      batch_size  = aws_lambda_event_source_mapping.this.batch_size
      window      = aws_lambda_event_source_mapping.this.maximum_batching_window_in_seconds
      partial     = aws_lambda_event_source_mapping.this.function_response_types
      source      = aws_lambda_event_source_mapping.this.event_source_arn
      concurrency = aws_lambda_event_source_mapping.this.scaling_config[0].maximum_concurrency
      } == {
      batch_size  = 100
      window      = 1
      partial     = toset(["ReportBatchItemFailures"])
      source      = "arn:aws:sqs:eu-west-1:123456789012:partner-files-events"
      concurrency = 10
    }
    error_message = "The event source is not what it should be."
  }
}

run "the_journal" {
  module { source = "./modules/function" }

  assert {
    condition     = aws_dynamodb_table.journal.billing_mode == "PAY_PER_REQUEST" && aws_dynamodb_table.journal.hash_key == "pk" && aws_dynamodb_table.journal.range_key == "sk"
    error_message = "The journal's keys or billing have changed."
  }

  assert {
    condition     = aws_dynamodb_table.journal.ttl[0].enabled && aws_dynamodb_table.journal.ttl[0].attribute_name == "expires_at" && aws_dynamodb_table.journal.point_in_time_recovery[0].enabled && !aws_dynamodb_table.journal.deletion_protection_enabled
    error_message = "The journal does not expire, can't be restored, or is protected though nobody asked for it."
  }

  assert {
    condition = [for index in aws_dynamodb_table.journal.global_secondary_index : {
      name       = index.name
      keys       = [for key in index.key_schema : "${key.attribute_name} ${key.key_type}"]
      projection = index.projection_type
      attributes = index.non_key_attributes
      } if index.name == "open"] == [{
      name       = "open"
      keys       = ["open_stream HASH", "open_since RANGE"]
      projection = "INCLUDE"
      attributes = toset(["attempts", "direction", "last_error", "next_attempt", "partner", "path", "size", "source_time", "state", "stream"])
    }]
    error_message = "The index of open entries has changed."
  }

  assert {
    condition     = [for index in aws_dynamodb_table.journal.global_secondary_index : "${index.projection_type}: ${join(", ", [for key in index.key_schema : "${key.attribute_name} ${key.key_type}"])}" if index.name == "due"] == ["KEYS_ONLY: open_stream HASH, next_attempt RANGE"]
    error_message = "The index of what is due has changed."
  }
}

run "without_a_push_nobody_sends_to_the_queues" {
  module { source = "./modules/function" }

  assert {
    condition     = alltrue([for policy in [aws_sqs_queue.events.policy, aws_sqs_queue.undelivered.policy] : jsondecode(policy).Statement[*].Sid == ["TlsOnly"]])
    error_message = "Somebody may send events although no stream pushes: ${aws_sqs_queue.events.policy}"
  }

  assert {
    condition     = length(aws_cloudwatch_event_rule.verdicts) + length(aws_cloudwatch_event_target.verdicts) == 0
    error_message = "There is a rule of GuardDuty's verdicts although no gate is its."
  }
}

run "as_many_push_rules_as_a_policy_of_a_queue_can_name" {
  command = plan
  module { source = "./modules/function" }
  variables {
    streams = {
      for i in range(100) : format("stream-%03d", i) => {
        access = { pull_kms_key_arn = null, push_kms_key_arn = null, secrets = [] }
        config = { pull = null, push = { bucket = "b", prefix = "" } }
      }
    }
  }

  assert {
    condition     = length(aws_sqs_queue.undelivered.policy) <= 8192 && jsondecode(aws_sqs_queue.undelivered.policy).Statement[0].Condition == { ArnEquals = { "aws:SourceArn" = [for i in range(100) : format("arn:aws:events:eu-west-1:123456789012:rule/partner-files-push-stream-%03d", i)] } }
    error_message = "A hundred rules fit into a policy by name (${length(aws_sqs_queue.undelivered.policy)}): ${jsonencode(jsondecode(aws_sqs_queue.undelivered.policy).Statement[0].Condition)}"
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.events.policy).Statement[0].Condition == jsondecode(aws_sqs_queue.undelivered.policy).Statement[0].Condition
    error_message = "The two queues let in different rules."
  }

  assert {
    condition     = length(output.widened) == 0
    error_message = "Nothing is widened here: ${jsonencode(output.widened)}"
  }
}

run "more_push_rules_than_a_policy_of_a_queue_can_name" {
  command = plan
  module { source = "./modules/function" }
  variables {
    streams = {
      for i in range(200) : format("stream-%03d", i) => {
        access = { pull_kms_key_arn = null, push_kms_key_arn = null, secrets = [] }
        config = { pull = null, push = { bucket = "b", prefix = "" } }
      }
    }
  }

  assert {
    condition = alltrue([
      for policy in [aws_sqs_queue.events.policy, aws_sqs_queue.undelivered.policy] : length(policy) <= 8192 && jsondecode(policy).Statement[0].Condition == { ArnLike = { "aws:SourceArn" = ["arn:aws:events:eu-west-1:123456789012:rule/partner-files-push-*"] } }
    ])
    error_message = "The widest form is what the rules have in common: ${aws_sqs_queue.events.policy}"
  }

  assert {
    condition     = anytrue([for text in output.widened : startswith(text, "queue: 200 push rules")])
    error_message = "It is widened, and nobody is told: ${jsonencode(output.widened)}"
  }
}

run "the_aliases" {
  module { source = "./modules/function" }

  assert {
    condition     = { for name, alias in aws_lambda_alias.this : name => "${alias.function_name}:${alias.name} ${alias.function_version}" } == { for name in ["drain", "intake", "operate", "read", "schedule"] : name => "partner-files:${name} $LATEST" }
    error_message = "The ways in have changed; lambda/src/aliases.ts says what each offers."
  }

  assert {
    condition     = alltrue([for name in ["drain", "schedule"] : aws_lambda_function_event_invoke_config.aliases[name].qualifier == name && aws_lambda_function_event_invoke_config.aliases[name].maximum_retry_attempts == 0 && aws_lambda_function_event_invoke_config.aliases[name].maximum_event_age_in_seconds == 900])
    error_message = "Lambda would repeat what comes in by an alias."
  }

  assert {
    condition     = output.schedule_arn == aws_lambda_alias.this["schedule"].arn
    error_message = "Rules of the user's own would be sent elsewhere."
  }
}

run "rules_come_in_by_the_alias_for_them_and_no_other_way" {
  module { source = "./modules/function" }

  assert {
    condition = {
      for permission in [aws_lambda_permission.tick, aws_lambda_permission.polls] : permission.source_arn => "${permission.principal} ${permission.action} ${permission.function_name}:${permission.qualifier}"
      } == {
      "arn:aws:events:eu-west-1:123456789012:rule/partner-files-tick"   = "events.amazonaws.com lambda:InvokeFunction partner-files:schedule"
      "arn:aws:events:eu-west-1:123456789012:rule/partner-files-poll-*" = "events.amazonaws.com lambda:InvokeFunction partner-files:schedule"
    }
    error_message = "Who may call the function has changed."
  }
}

run "operators" {
  module { source = "./modules/function" }

  assert {
    condition = { for role, policy in output.operator_policies : role => jsondecode(policy) if role != "journal" } == {
      for role, aliases in { operate = ["operate", "read"], read = ["read"] } : role => {
        Version                      = "2012-10-17"
        Statement = [
          { Sid = "Bridge", Effect = "Allow", Action = "lambda:InvokeFunction", Resource = [for alias in aliases : "arn:aws:lambda:eu-west-1:123456789012:function:partner-files:${alias}"] },
          { Sid = "Status", Effect = "Allow", Action = ["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"], Resource = "*" },
        ]
      }
    }
    error_message = "Operators may do something else: ${jsonencode(output.operator_policies)}"
  }

  assert {
    condition = { for statement in jsondecode(output.operator_policies.journal).Statement : statement.Sid => "${statement.Effect} ${statement.Action} ${statement.Resource}" } == {
      Entries     = "Allow dynamodb:Scan arn:aws:dynamodb:eu-west-1:123456789012:table/partner-files-journal"
      OpenEntries = "Allow dynamodb:Query arn:aws:dynamodb:eu-west-1:123456789012:table/partner-files-journal/index/open"
      Table       = "Allow lambda:GetFunctionConfiguration arn:aws:lambda:eu-west-1:123456789012:function:partner-files"
    }
    error_message = "The console may read something else: ${output.operator_policies.journal}"
  }
}

run "the_tick" {
  module { source = "./modules/function" }

  assert {
    condition     = aws_cloudwatch_event_rule.tick.name == "partner-files-tick" && aws_cloudwatch_event_rule.tick.schedule_expression == "rate(1 minute)"
    error_message = "The tick does not come each minute."
  }

  assert {
    condition     = aws_cloudwatch_event_target.tick.arn == aws_lambda_alias.this["schedule"].arn
    error_message = "The tick comes in by another way than the alias for rules."
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_event_target.tick.input) == { action = "tick" } && aws_cloudwatch_event_target.tick.retry_policy[0].maximum_retry_attempts == 0 && aws_cloudwatch_event_target.tick.retry_policy[0].maximum_event_age_in_seconds == 60
    error_message = "The tick says something else, or is repeated."
  }
}

run "the_role" {
  module { source = "./modules/function" }

  assert {
    condition     = aws_iam_role.this.name == "partner-files-eu-west-1" && jsondecode(aws_iam_role.this.assume_role_policy) == { Version = "2012-10-17", Statement = [{ Sid = "Function", Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] }
    error_message = "Somebody besides Lambda may take the role."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.this.policy) == {
      Version = "2012-10-17"
      Statement = [
        { Sid = "Configuration", Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::config-bucket/config/*" },
        {
          Sid      = "Journal"
          Effect   = "Allow"
          Action   = ["dynamodb:BatchGetItem", "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"]
          Resource = "arn:aws:dynamodb:eu-west-1:123456789012:table/partner-files-journal"
        },
        { Sid = "JournalOpen", Effect = "Allow", Action = ["dynamodb:Query", "dynamodb:Scan"], Resource = "arn:aws:dynamodb:eu-west-1:123456789012:table/partner-files-journal/index/open" },
        { Sid = "JournalDue", Effect = "Allow", Action = "dynamodb:Query", Resource = "arn:aws:dynamodb:eu-west-1:123456789012:table/partner-files-journal/index/due" },
        { Sid = "Log", Effect = "Allow", Action = ["logs:CreateLogStream", "logs:PutLogEvents"], Resource = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/mocked:*" },
        { Sid = "Queue", Effect = "Allow", Action = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"], Resource = "arn:aws:sqs:eu-west-1:123456789012:partner-files-events" },
        { Sid = "DeadLetters", Effect = "Allow", Action = ["sqs:DeleteMessage", "sqs:ReceiveMessage"], Resource = ["arn:aws:sqs:eu-west-1:123456789012:partner-files-dead-letters", "arn:aws:sqs:eu-west-1:123456789012:partner-files-undelivered"] },
        { Sid = "Drains", Effect = "Allow", Action = "lambda:InvokeFunction", Resource = "arn:aws:lambda:eu-west-1:123456789012:function:partner-files:drain" },
      ]
    }
    error_message = "What every bridge may do has changed: ${aws_iam_role_policy.this.policy}"
  }

  assert {
    condition     = length(aws_iam_policy.streams) == 0
    error_message = "Without streams the role needs no more."
  }
}

run "settings_reach_their_places" {
  module { source = "./modules/function" }
  variables {
    architecture           = "x86_64"
    deletion_protection    = true
    journal_retention_days = 30
    log_level              = "DEBUG"
    log_retention_days     = 7
    maximum_concurrency    = 2
    memory_size            = 1024
    metric_namespace       = "Files"
    permissions_boundary   = "arn:aws:iam::123456789012:policy/boundary"
    role_path              = "/bridges/"
    tags                   = { team = "files" }
    timeout                = 30
  }

  assert {
    condition = {
      architecture = one(aws_lambda_function.this.architectures)
      boundary     = aws_iam_role.this.permissions_boundary
      concurrency  = aws_lambda_event_source_mapping.this.scaling_config[0].maximum_concurrency
      log_days     = aws_cloudwatch_log_group.this.retention_in_days
      log_level    = aws_lambda_function.this.environment[0].variables.POWERTOOLS_LOG_LEVEL
      memory       = aws_lambda_function.this.memory_size
      namespace    = aws_lambda_function.this.environment[0].variables.BRIDGE_METRIC_NAMESPACE
      path         = aws_iam_role.this.path
      protection   = aws_dynamodb_table.journal.deletion_protection_enabled
      timeout      = aws_lambda_function.this.timeout
      ttl          = aws_lambda_function.this.environment[0].variables.BRIDGE_DELIVERED_TTL_DAYS
      visibility   = aws_sqs_queue.events.visibility_timeout_seconds
      } == {
      architecture = "x86_64"
      boundary     = "arn:aws:iam::123456789012:policy/boundary"
      concurrency  = 2
      log_days     = 7
      log_level    = "DEBUG"
      memory       = 1024
      namespace    = "Files"
      path         = "/bridges/"
      protection   = true
      timeout      = 30
      ttl          = "30"
      visibility   = 90
    }
    error_message = "A setting does not reach its place."
  }

  assert {
    condition = alltrue([
      for tags in [
        aws_cloudwatch_event_rule.tick.tags, aws_cloudwatch_log_group.this.tags, aws_dynamodb_table.journal.tags, aws_iam_role.this.tags,
        aws_lambda_event_source_mapping.this.tags, aws_lambda_function.this.tags, aws_sqs_queue.dead_letters.tags, aws_sqs_queue.events.tags,
        aws_sqs_queue.undelivered.tags,
      ] : tags == tomap({ team = "files" })
    ])
    error_message = "Something that can have tags has none."
  }
}

run "a_key_encrypts_all_that_is_made" {
  variables {
    bucket_name = "partner-files-bucket"
    kms_key     = { arn = "arn:aws:kms:eu-west-1:123456789012:key/ours" }
    streams = {
      acme = {
        access = { pull_kms_key_arn = null, push_kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/theirs", secrets = [], staging = true }
        config = { pull = { bucket = "partner-files-bucket", prefix = "acme/pull/" }, push = { bucket = "partner-files-bucket", prefix = "acme/push/" } }
      }
    }
  }
  module { source = "./modules/function" }

  assert {
    condition = alltrue([
      for arn in [
        aws_cloudwatch_log_group.this.kms_key_id,
        aws_dynamodb_table.journal.server_side_encryption[0].kms_key_arn,
        aws_lambda_function.this.kms_key_arn,
        aws_sqs_queue.dead_letters.kms_master_key_id,
        aws_sqs_queue.events.kms_master_key_id,
        aws_sqs_queue.undelivered.kms_master_key_id,
      ] : arn == "arn:aws:kms:eu-west-1:123456789012:key/ours"
    ])
    error_message = "Something is not encrypted by the key."
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : jsonencode(statement) if statement.Sid == "Key"] == [jsonencode({
      Sid       = "Key"
      Effect    = "Allow"
      Action    = "kms:Decrypt"
      Resource  = "arn:aws:kms:eu-west-1:123456789012:key/ours"
      Condition = { StringEquals = { "kms:ViaService" = ["dynamodb.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com", "sqs.eu-west-1.amazonaws.com"] } }
    })]
    error_message = "The role can't read what the key encrypts, or may do more with it: ${aws_iam_role_policy.this.policy}"
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : jsonencode(statement) if startswith(statement.Sid, "Staging")] == [
      jsonencode({
        Sid      = "Staging"
        Effect   = "Allow"
        Action   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:GetObject", "s3:GetObjectVersion", "s3:ListMultipartUploadParts", "s3:PutObject"]
        Resource = "arn:aws:s3:::config-bucket/staging/*"
      }),
      jsonencode({
        Sid       = "StagingList"
        Effect    = "Allow"
        Action    = ["s3:ListBucket", "s3:ListBucketVersions"]
        Resource  = "arn:aws:s3:::config-bucket"
        Condition = { StringLike = { "s3:prefix" = "staging/*" } }
      }),
      jsonencode({
        Sid       = "StagingKey"
        Effect    = "Allow"
        Action    = "kms:GenerateDataKey"
        Resource  = "arn:aws:kms:eu-west-1:123456789012:key/ours"
        Condition = { StringEquals = { "kms:ViaService" = "s3.eu-west-1.amazonaws.com" } }
      }),
    ]
    error_message = "A stream that changes files can't do so, or the role may do more than below staging/: ${aws_iam_role_policy.this.policy}"
  }

  assert {
    condition = [
      for kind, sid in { pull = "PullEncrypt", push = "PushDecrypt" } : [for statement in jsondecode(aws_iam_policy.streams[kind].policy).Statement : statement.Resource if statement.Sid == sid][0]
      ] == [
      ["arn:aws:kms:eu-west-1:123456789012:key/ours"],
      ["arn:aws:kms:eu-west-1:123456789012:key/theirs", "arn:aws:kms:eu-west-1:123456789012:key/ours"],
    ]
    error_message = "The streams can't use the key of the module's own bucket."
  }
}

run "without_a_key_nothing_names_one" {
  module { source = "./modules/function" }

  assert {
    condition     = aws_sqs_queue.events.sqs_managed_sse_enabled && !aws_dynamodb_table.journal.server_side_encryption[0].enabled && aws_s3_object.config.server_side_encryption == "AES256" && !strcontains(aws_iam_role_policy.this.policy, "kms:")
    error_message = "There is no key, and something names one, keeps a former one, or a queue isn't encrypted at all."
  }
}

# Where Lambda knows no tags of event sources.
run "in_china" {
  module { source = "./modules/function" }

  override_data {
    target = data.aws_partition.current
    values = { dns_suffix = "amazonaws.com.cn", partition = "aws-cn" }
  }

  variables {
    tags = { team = "files" }
  }

  assert {
    condition     = length(coalesce(aws_lambda_event_source_mapping.this.tags, {})) == 0 && aws_lambda_function.this.tags == tomap({ team = "files" })
    error_message = "The event source has tags, which China's Lambda refuses."
  }
}

run "tags_of_the_provider_in_china" {
  command = plan
  module { source = "./modules/function" }

  override_data {
    target = data.aws_partition.current
    values = { dns_suffix = "amazonaws.com.cn", partition = "aws-cn" }
  }

  override_data {
    target = data.aws_default_tags.in_china
    values = { tags = { team = "files" } }
  }

  expect_failures = [check.default_tags]
}

run "no_tags_of_the_provider_in_china" {
  command = plan
  module { source = "./modules/function" }

  override_data {
    target = data.aws_partition.current
    values = { dns_suffix = "amazonaws.com.cn", partition = "aws-cn" }
  }

  override_data {
    target = data.aws_default_tags.in_china
    values = { tags = {} }
  }
}

run "tags_of_the_provider_elsewhere" {
  command = plan
  module { source = "./modules/function" }

  override_data {
    target = data.aws_partition.current
    values = { dns_suffix = "amazonaws.com", partition = "aws" }
  }

  override_data {
    target = data.aws_default_tags.in_china
    values = { tags = { team = "files" } }
  }
}
