variable "force_destroy" {
  type        = bool
  description = "Whether `terraform destroy` may delete the bucket with the files in it."
  default     = false
}

variable "name" {
  type        = string
  description = "Name of the bridge."
  default     = "partner-files"
}

variable "partners_file" {
  type        = string
  description = "The file with the partners."
  default     = "partners.yaml"
}
