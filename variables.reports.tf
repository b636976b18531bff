# Once a day and stream, what was moved and what not.
variable "reports" {
  type        = any
  description = <<-EOT
    Writes a CSV to a bucket once a day for each stream: what was delivered on that day, with sizes and SHA-256, and what of it has failed or waits
    at the time of writing. `{}` is enough, null writes none. It is called `<prefix>/<stream>/2026-11-28.csv`, comes a quarter of an hour after
    the day has ended, and has the columns of `bridge report`.

    - `s3`: `bucket` or `bucket/prefix`; left out, the module's bucket and `reports`. No stream's files may be there.
    - `time_zone`: in which a day begins and ends (UTC).
    - `streams`: names of the streams that have one; left out, all.
    - `kms_key_arn`: a customer-managed key that they are encrypted with; left out, as the bucket has it.
    - `bucket_owner`: the account (12 digits) that the bucket has to belong to.

    To write them, the function reads the whole journal once a day (docs/cost.md). One that can't be written raises the alarm
    `errors` of its stream, and is tried again each hour; days that were missed are made up for, seven at most.
  EOT
  default     = null
}
