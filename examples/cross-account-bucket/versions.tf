terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.32.1"
    }
  }
}

# The account of the bridge.
provider "aws" {
  region = var.region
}

# The account of the bucket, in the bucket's region.
provider "aws" {
  alias  = "owner"
  region = var.owner.region

  assume_role {
    role_arn = var.owner.role_arn
  }
}
