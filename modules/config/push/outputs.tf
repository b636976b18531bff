output "push" {
  description = "The push, normalised: `config` (what the function reads), `bucket_owner` (whose the bucket has to be), `kms_key_arn` and `secrets` (what its role needs). What a push and a pull have in common is ../stream's."
  value = {
    config = {
      compress        = var.push.compress
      order           = var.push.order
      strict_order    = var.push.strict_order
      exclude         = var.push.exclude
      include         = var.push.include
      keep_mtime      = var.push.keep_mtime
      mode            = var.push.mode
      marker          = var.push.marker
      name            = var.push.name
      name_time_zone  = var.push.name == null ? null : var.push.time_zone
      on_exists       = var.push.on_exists
      pgp             = one(module.pgp[*].pgp.config)
      reconcile_hours = var.push.reconcile_hours
      upload          = var.push.upload
      verify          = var.push.verify
      work_directory  = var.push.work_directory == null ? null : trimsuffix(var.push.work_directory, "/")
    }
    bucket_owner = var.push.bucket_owner
    kms_key_arn  = var.push.kms_key_arn
    secrets      = flatten(module.pgp[*].pgp.access)
  }
}
