resource "aws_dynamodb_table" "journal" {
  # checkov:skip=CKV_AWS_119: without kms_key it is encrypted with a key that DynamoDB owns
  name                        = "${var.name}-journal"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "pk"
  range_key                   = "sk"
  deletion_protection_enabled = var.deletion_protection
  tags                        = var.tags

  attribute {
    name = "pk"
    type = "S"
  }

  attribute {
    name = "sk"
    type = "S"
  }

  dynamic "attribute" {
    for_each = var.events[*]

    content {
      name = "event_due"
      type = "S"
    }
  }

  attribute {
    name = "next_attempt"
    type = "N"
  }

  attribute {
    name = "open_stream"
    type = "S"
  }

  attribute {
    name = "open_since"
    type = "S"
  }

  # Only entries that are not done have these two attributes, so that the index is as small as the backlog.
  global_secondary_index {
    name               = "open"
    projection_type    = "INCLUDE"
    non_key_attributes = ["attempts", "direction", "last_error", "next_attempt", "partner", "path", "size", "source_time", "state", "stream"]

    key_schema {
      attribute_name = "open_stream"
      key_type       = "HASH"
    }

    key_schema {
      attribute_name = "open_since"
      key_type       = "RANGE"
    }
  }

  # The same by when it falls due, of keys alone: whether something is due, and how much there is, takes little of a long backlog.
  global_secondary_index {
    name            = "due"
    projection_type = "KEYS_ONLY"

    key_schema {
      attribute_name = "open_stream"
      key_type       = "HASH"
    }

    key_schema {
      attribute_name = "next_attempt"
      key_type       = "RANGE"
    }
  }

  # Only entries whose event is still to be sent have this attribute, each with another value.
  dynamic "global_secondary_index" {
    for_each = var.events[*]

    content {
      name            = "events"
      projection_type = "KEYS_ONLY"

      key_schema {
        attribute_name = "event_due"
        key_type       = "HASH"
      }
    }
  }

  point_in_time_recovery {
    enabled = true
  }

  # Not enabled means a key of DynamoDB's own, and is said: enabled without a key, the table would keep a former kms_key
  # (the provider takes what isn't said from the table), which the role may not use any more.
  server_side_encryption {
    enabled     = var.kms_key != null
    kms_key_arn = local.kms_key_arn
  }

  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }
}
