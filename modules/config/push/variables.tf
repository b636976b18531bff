variable "given" {
  type        = any
  description = "The push as the user wrote it. Only its keys are read: a typed variable drops unknown ones silently."
  nullable    = false
}

variable "push" {
  type = object({
    bucket_owner = optional(string)
    calendars    = optional(list(string), [])
    compress     = optional(string)
    exclude      = optional(list(string), [])
    gate         = optional(any)
    include      = optional(list(string), [])
    keep_mtime   = optional(bool, false)
    mode         = optional(string)
    order        = optional(string, "any")
    strict_order = optional(bool, false)
    sequence     = optional(any)
    kms_key_arn  = optional(string)
    marker = optional(object({
      content = optional(string, "empty")
      name    = optional(string, "")
    }))
    name            = optional(string)
    on_exists       = optional(string, "replace")
    pgp             = optional(any)
    reconcile_hours = optional(number)
    s3              = optional(string)
    sftp            = optional(string, "")
    upload          = optional(string, "atomic")
    time_zone       = optional(string)
    verify          = optional(string, "strict")
    windows         = optional(any)
    work_directory  = optional(string)
  })
  description = "S3 → SFTP: objects below `s3` go to `sftp` as they arrive."
  nullable    = false

  validation {
    condition     = length(merge(var.push, var.given)) == length(var.push)
    error_message = "Stream ${var.stream}, push: unknown key ${join(", ", flatten([for known in [keys(var.push)] : [for key in keys(var.given) : key if !contains(known, key)]]))}. Known keys: ${join(", ", keys(var.push))}."
  }

  validation {
    condition     = contains(["atomic", "direct"], var.push.upload)
    error_message = "Stream ${var.stream}, push.upload: \"${var.push.upload}\" is unknown. Give \"atomic\" (temporary name, then rename) or \"direct\" (for servers that refuse rename)."
  }

  validation {
    # Over the whole object: Terraform prints the attributes that a condition names, and this one may hold a key that was pasted.
    condition     = alltrue([for field, value in var.push : value == null || can(keys(value)) if field == "pgp"])
    error_message = "Stream ${var.stream}, push.pgp: it has to be an object, e.g. { encrypt_to = [{ secret_arn = … }] }."
  }

  validation {
    condition     = var.push.compress == null ? true : contains(["gzip", "zip", "zstd"], var.push.compress)
    error_message = "Stream ${var.stream}, push.compress: \"${coalesce(var.push.compress, "-")}\" is unknown. Give \"gzip\" (names end with .gz), \"zstd\" (.zst) or \"zip\" (.zip), or leave it out."
  }

  validation {
    condition     = var.push.mode == null ? true : can(regex("^0?[0-7]{3}$", var.push.mode))
    error_message = "Stream ${var.stream}, push.mode: \"${coalesce(var.push.mode, "-")}\" aren't permissions. Give them in octal, as text: \"0640\"."
  }

  validation {
    condition     = var.push.work_directory == null ? true : var.push.upload != "direct"
    error_message = "Stream ${var.stream}, push.work_directory: upload = \"direct\" writes each file in its place, so nothing would ever be in a work directory. Leave one of the two out."
  }

  validation {
    condition     = var.push.work_directory == null ? true : can(regex(local.patterns.directory, var.push.work_directory)) && !can(regex("(^|/)\\.{1,2}(/|$)|^/?(~|\\$|%)", var.push.work_directory))
    error_message = "Stream ${var.stream}, push.work_directory: ${jsonencode(coalesce(var.push.work_directory, "-"))} is not a directory as SFTP writes it. Name it below the log-in directory (\"inbox/.work\") or from the root (\"/upload/work\"): names with single slashes between, without `.`, `..`, ~ and variables."
  }

  validation {
    condition     = contains(["fail", "number", "replace", "skip"], var.push.on_exists)
    error_message = "Stream ${var.stream}, push.on_exists: \"${var.push.on_exists}\" is unknown. Give \"replace\" (the file takes the place of the one that the partner has under its name), \"skip\" (it isn't sent), \"fail\" (it fails, and is sent once the other is gone) or \"number\" (it gets a free name: report-1.csv)."
  }

  validation {
    condition     = var.push.on_exists == "replace" || var.push.upload != "direct"
    error_message = "Stream ${var.stream}, push.on_exists: upload = \"direct\" writes each file in its place, where half of it would pass for one that was there. Leave one of the two out."
  }

  # ── the name ──
  validation {
    condition     = var.push.name == null ? true : can(regex(local.patterns.template, var.push.name))
    error_message = "Stream ${var.stream}, push.name: ${jsonencode(coalesce(var.push.name, "-"))} has a field that there isn't, or one in the wrong place. Fields are {name}, {stem} (the name without its ending), {ext} (its ending with the dot), {stream}, {seq} or {seq:6} (a number, with so many digits: 1 to 15), {now:…} and {mtime:…} with a time such as yyyyMMdd-HHmmss (yyyy, yy, MM, dd, HH, mm, ss and - _ . T), and {dir}, which is the file's directory and is only at the beginning, as {dir}/."
  }

  validation {
    condition     = var.push.name == null ? true : !can(regex("(^|/)\\.{0,2}(/|$)", var.push.name))
    error_message = "Stream ${var.stream}, push.name: ${jsonencode(coalesce(var.push.name, "-"))} begins or ends with a slash, or has an empty, `.` or `..` segment. It is a path below push.sftp: \"{dir}/{stem}-{now:yyyyMMdd}{ext}\"."
  }

  validation {
    condition     = var.push.name == null ? true : can(regex("\\{(name|stem|seq(:[0-9]+)?)\\}|\\{(now|mtime):[^{}]*ss[^{}]*\\}", var.push.name))
    error_message = "Stream ${var.stream}, push.name: ${jsonencode(coalesce(var.push.name, "-"))} gives all files one name, and only the first of them would be sent. Put {name}, {stem}, {seq:6} or a time to the second ({now:yyyyMMddHHmmss}) into it."
  }

  # A time to the second is one for all that goes within it; with any other order it is one file that fails for it.
  validation {
    condition     = !(var.push.order == "sequence" || var.push.strict_order) || var.push.on_exists == "number" || var.push.name == null ? true : can(regex("\\{(name|stem|seq(:[0-9]+)?)\\}", var.push.name))
    error_message = "Stream ${var.stream}, push.name: ${jsonencode(coalesce(var.push.name, "-"))} tells files apart by a time alone. The second of two within one second would fail, and with ${var.push.order == "sequence" ? "order = \"sequence\"" : "strict_order"} hold all behind it. Put {stem}, {name} or {seq:6} beside the time, or give on_exists = \"number\"."
  }

  validation {
    condition     = var.push.name == null ? true : alltrue([for segment in split("/", replace(var.push.name, "/\\{[^{}]*\\}/", "")) : length(segment) <= 240])
    error_message = "Stream ${var.stream}, push.name: a name in the template has more than 240 characters beside its fields, and servers allow 255 bytes in all. Shorten it."
  }

  # ── the order ──
  validation {
    condition     = contains(["any", "name", "oldest", "sequence"], var.push.order)
    error_message = "Stream ${var.stream}, push.order: \"${var.push.order}\" is unknown. Give \"any\" (whatever is due), \"name\" (by path), \"oldest\" (by when the file was changed) or \"sequence\" (by a running number in its name, without a gap)."
  }

  validation {
    condition     = !var.push.strict_order || var.push.order != "any"
    error_message = "Stream ${var.stream}, push.strict_order: one file can't wait for the other where any may be the first. Give an order as well: order = \"name\" or \"oldest\"; \"sequence\" is strict by itself."
  }

  validation {
    condition     = (var.push.order == "sequence") == (var.push.sequence != null)
    error_message = "Stream ${var.stream}, push.sequence: order = \"sequence\" and sequence go together: it says where the number stands in a name, sequence = { name = \"ORD_*_{seq}.csv\" }. Give both, or neither."
  }

  # ── the marker ──
  validation {
    condition     = alltrue([for key in local.given_marker : contains(keys(var.push.marker), key)])
    error_message = "Stream ${var.stream}, push.marker: unknown key ${join(", ", [for key in local.given_marker : key if !contains(flatten([for marker in var.push.marker[*] : keys(marker)]), key)])}. Known keys: ${join(", ", flatten([for marker in var.push.marker[*] : keys(marker)]))}."
  }

  validation {
    condition     = alltrue([for marker in var.push.marker[*] : contains(["empty", "size", "md5", "sha256"], marker.content)])
    error_message = "Stream ${var.stream}, push.marker.content: ${jsonencode(try(var.push.marker.content, ""))} is unknown. Give \"empty\", \"size\" (bytes), \"md5\" or \"sha256\" (hexadecimal)."
  }

  validation {
    condition     = alltrue([for marker in var.push.marker[*] : can(regex(local.patterns.file_marker, marker.name))])
    error_message = "Stream ${var.stream}, push.marker.name: ${jsonencode(try(var.push.marker.name, ""))} can't be the name of a marker. It has {name} or {stem} (the name without its ending) in it once, something beside it, and no slash: \"{name}.done\", \"{stem}.ok\"."
  }

  validation {
    condition = alltrue(flatten([
      for marker in var.push.marker[*] : [
        for pattern in var.push.include : !endswith(pattern, reverse(split("}", marker.name))[0]) if !endswith(marker.name, "}")
      ]
    ]))
    error_message = "Stream ${var.stream}, push.include: ${jsonencode(var.push.include)} has a pattern for names that are markers (push.marker.name = ${jsonencode(try(var.push.marker.name, ""))}): the partner couldn't tell such a file from a marker. Name the files alone, or give markers another name."
  }

  # As lambda/src/push/marker.ts has it: what the template may have made is taken for a marker. Compressed and encrypted files have another ending.
  validation {
    condition = var.push.sequence == null || var.push.name != null || var.push.compress != null || var.push.pgp != null ? true : alltrue([
      for marker in var.push.marker[*] : !(startswith(try(regex("^[^*{]*", var.push.sequence.name), ""), split("{", marker.name)[0]) && endswith(try(regex("[^*}]*$", var.push.sequence.name), ""), reverse(split("}", marker.name))[0]))
    ])
    error_message = "Stream ${var.stream}, push.sequence.name: ${jsonencode(try(var.push.sequence.name, ""))} is for names that are markers (push.marker.name = ${jsonencode(try(var.push.marker.name, ""))}): the partner couldn't tell such a file from a marker, so none would be sent. Name the files, or give markers another name."
  }

  validation {
    # Only ends that are text: what {name} and {ext} end with, the patterns say.
    condition = alltrue(flatten([
      for marker in var.push.marker[*] : [
        for name in var.push.name[*] : !endswith(reverse(split("}", name))[0], reverse(split("}", marker.name))[0]) if !endswith(marker.name, "}") && !endswith(name, "}")
      ]
    ]))
    error_message = "Stream ${var.stream}, push.name: ${jsonencode(coalesce(var.push.name, "-"))} gives files names that are markers (push.marker.name = ${jsonencode(try(var.push.marker.name, ""))}): the partner couldn't tell one from the other, so none would be sent. End names otherwise, or give markers another name."
  }

  validation {
    condition     = contains(["strict", "checksum", "tolerant", "off"], var.push.verify)
    error_message = "Stream ${var.stream}, push.verify: \"${var.push.verify}\" is unknown. Give \"strict\" (the remote size must match), \"checksum\" (and so must the content, which is read back where the server has no checksums), \"tolerant\" (more bytes, or no size at all, are fine too) or \"off\" (nothing is compared: a file that was cut short counts as delivered)."
  }
}

variable "stream" {
  type        = string
  description = "Name of the stream."
  nullable    = false
}
