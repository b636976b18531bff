output "alarm_topic_arn" {
  description = "ARN of the topic that the module made for its alarms; null where it made none."
  value       = module.monitoring.topic_arn
}

output "alarms" {
  description = "ARNs of all alarms. Their names are the keys, behind the bridge's name and a slash."
  value       = module.monitoring.alarm_arns
}

output "bucket" {
  description = "Name of the bucket that the module made; null where it made none."
  value       = one(module.bucket[*].name)
}

output "bucket_owners" {
  description = "By bucket of the streams and their private keys, the account that it has to belong to (`bucket_owner`; the module's own bucket: this account). Null where none is given: there S3 compares nothing."
  value       = module.config.bucket_owners
}

output "bucket_policies" {
  description = "By existing bucket of the streams, the policy that its owner attaches if the bucket is in another account, or merges into the bucket's own."
  value       = module.grants.bucket_policies
}

output "config" {
  description = "Where the function's configuration is: `bucket` and `key`. The key is a hash of the content."
  value       = module.function.config
}

output "dashboard_name" {
  description = "Name of the CloudWatch dashboard; null where there is none."
  value       = module.monitoring.dashboard_name
}

output "dead_letter_queue_url" {
  description = "URL of the queue of events that the function could not take into the journal."
  value       = module.function.dead_letter_queue_url
}

output "egress_addresses" {
  description = "With `egress`, the addresses that partners see, to be put on their allow-lists; else empty."
  value       = flatten(module.egress[*].addresses)
}

output "event_forwarding" {
  description = "By existing bucket that objects are pushed from, what an EventBridge rule in its account and region needs, if that is another one: `event_pattern`, and `bus_arn` as its target."
  value       = module.grants.event_forwarding
}

output "event_schema" {
  description = "JSON schema (draft 7) of the events that `events` has sent, as in schemas/event.json."
  value       = file("${path.module}/schemas/event.json")
}

output "event_source" {
  description = "With `events`, the `source` of the events of files that end, for the patterns of rules; else null."
  value       = var.events == null ? null : "${var.name}.bridge"
}

output "function_arn" {
  description = "ARN of the function."
  value       = module.function.function_arn
}

output "function_name" {
  description = "Name of the function."
  value       = module.function.function_name
}

output "kms_key_arn" {
  description = "With `kms_key`, ARN of the key that encrypts everything the module makes; else null. Who puts objects into the module's bucket needs `kms:GenerateDataKey` on it, and who reads them `kms:Decrypt`."
  value       = one(module.key[*].arn)
}

output "kms_key_statements" {
  description = "With `kms_key`, the statements that let AWS's services use the key for the bridge: to be added to the policy of a key of your own; the key that the module makes has them."
  value       = one(module.key[*].statements)
}

output "log_group_name" {
  description = "Name of the function's log group."
  value       = module.function.log_group_name
}

output "metric_namespace" {
  description = "CloudWatch namespace of the bridge's metrics."
  value       = coalesce(var.metric_namespace, var.name)
}

output "operator_policies" {
  description = "Policies (JSON) for whoever works with the command `bridge`: `read` for actions that change nothing, `operate` for all; `journal` besides one of them for the files of `bridge console`. Nobody needs the permission to invoke the function itself."
  value       = module.function.operator_policies
}

output "queue_url" {
  description = "URL of the queue of events on their way into the journal."
  value       = module.function.queue_url
}

output "role_arn" {
  description = "ARN of the function's role. Key and bucket policies outside of the module name it."
  value       = module.function.role_arn
}

output "role_name" {
  description = "Name of the function's role."
  value       = module.function.role_name
}

output "schedule_arn" {
  description = "ARN of the function's alias that rules of `schedule_rules` have as their target: on it ticks and polls can be asked for, and nothing else."
  value       = module.function.schedule_arn
}

output "staging" {
  description = "Where files lie that the gate of a pull holds (below `gate_prefix`) or has rejected (below `quarantine_prefix`): in `bucket`."
  value       = module.function.staging
}

output "stream_key_statements" {
  description = "By KMS key of the streams, the statement for the key's policy (JSON), if the key is in another account."
  value       = module.grants.key_statements
}

output "streams" {
  description = "By stream, what its `push` and `pull` join (`bucket`, `prefix`, `directory`; null where there is none) and the names of its EventBridge rules (`rules`)."
  value = {
    for name, stream in module.config.streams : name => {
      pull = stream.config.pull == null ? null : {
        bucket    = stream.config.pull.bucket
        directory = stream.config.pull.directory
        prefix    = stream.config.pull.prefix
        schedule  = stream.schedule
      }
      push = stream.config.push == null ? null : {
        bucket    = stream.config.push.bucket
        directory = stream.config.push.directory
        prefix    = stream.config.push.prefix
      }
      rules = module.stream[name].rule_names
    }
  }
}

output "table_name" {
  description = "Name of the journal's table."
  value       = module.function.table_name
}

output "undelivered_queue_url" {
  description = "URL of the queue of events that EventBridge could not deliver."
  value       = module.function.undelivered_queue_url
}

output "widened" {
  description = "What is permitted more widely than by name because there are too many names for a policy, with the remedy; empty where nothing is. A plan warns of what concerns the role and the queues."
  value       = concat(module.function.widened, module.grants.widened)
}
