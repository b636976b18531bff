terraform {
  required_version = ">= 1.9"

  required_providers {
    # The bridge needs it; nothing here does. tflint-ignore: terraform_unused_required_providers
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.32.1"
    }
  }
}
