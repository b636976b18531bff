variable "gate" {
  type = object({
    function_arn  = optional(string)
    guardduty     = optional(object({}))
    timeout_hours = optional(number, 24)
  })
  description = "Who says whether a file may go on its way; the root module's variable `streams` describes it."
  nullable    = false

  validation {
    condition     = length(setsubtract(local.given_keys, keys(var.gate))) == 0
    error_message = "Stream ${var.stream}, ${var.direction}.gate: unknown key ${join(", ", setsubtract(local.given_keys, keys(var.gate)))}. Known keys: ${join(", ", keys(var.gate))}."
  }

  validation {
    condition     = length(setsubtract(local.given_guardduty, flatten([for guardduty in var.gate.guardduty[*] : keys(guardduty)]))) == 0
    error_message = "Stream ${var.stream}, ${var.direction}.gate.guardduty: unknown key ${join(", ", local.given_guardduty)}. It has none: guardduty = {}."
  }

  validation {
    condition     = (var.gate.function_arn == null) != (var.gate.guardduty == null)
    error_message = "Stream ${var.stream}, ${var.direction}.gate: it needs exactly one of function_arn (your function says whether a file may be ${local.what}) and guardduty = {} (GuardDuty Malware Protection for S3 does). Give one of the two, or leave the gate out."
  }

  validation {
    condition     = var.gate.function_arn == null ? true : can(regex("^arn:[^:]+:lambda:[^:]+:[0-9]{12}:function:[A-Za-z0-9_-]+(:[A-Za-z0-9_$-]+)?$", var.gate.function_arn))
    error_message = "Stream ${var.stream}, ${var.direction}.gate.function_arn: ${jsonencode(var.gate.function_arn)} is not the ARN of a Lambda function. Give it as aws_lambda_function has it (arn, or qualified_arn for one version): the role may invoke exactly that."
  }
}

variable "given" {
  type        = any
  description = "The gate as the user wrote it. Only its keys are read: a typed variable drops unknown ones silently."
  nullable    = false
}

variable "direction" {
  type        = string
  description = "Whose gate it is: `push` or `pull`."
  nullable    = false
}

variable "stream" {
  type        = string
  description = "The stream's name, for messages."
  nullable    = false
}
