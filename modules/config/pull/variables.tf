variable "given" {
  type        = any
  description = "The pull as the user wrote it. Only its keys are read: a typed variable drops unknown ones silently."
  nullable    = false
}

variable "pull" {
  type = object({
    acl   = optional(string)
    after = optional(string, "move")
    archive = optional(object({
      directory = optional(string)
      name      = optional(string)
    }))
    bucket_owner = optional(string)
    calendars    = optional(list(string), [])
    encryption   = optional(string)
    exclude      = optional(list(string), [])
    extract = optional(object({
      formats     = optional(list(string), [])
      into        = optional(string, "{dir}/{stem}")
      max_bytes   = optional(number, 10737418240)
      max_entries = optional(number, 10000)
      max_ratio   = optional(number, 200)
    }))
    gate            = optional(any)
    include         = optional(list(string), [])
    order           = optional(string, "any")
    strict_order    = optional(bool, false)
    sequence        = optional(any)
    kms_key_arn     = optional(string)
    max_age_days    = optional(number)
    max_files       = optional(number)
    max_size        = optional(number)
    min_size        = optional(number)
    max_open_files  = optional(number, 100000)
    min_age_seconds = optional(number, 0)
    pgp             = optional(any)
    name            = optional(string)
    on_exists       = optional(string, "replace")
    ready = optional(object({
      after    = optional(string, "delete")
      checksum = optional(string, "none")
      deliver  = optional(bool, false)
      marker   = optional(string, "")
      scope    = optional(string, "file")
    }))
    retention_days     = optional(number, 14)
    s3                 = optional(string)
    schedule           = optional(any) # for ../schedule
    sftp               = optional(string, "")
    time_zone          = optional(string)
    windows            = optional(any)
    temporary_suffixes = optional(list(string), [".filepart", ".inprogress", ".part", ".partial", ".swp", ".temp", ".tmp", ".uploading"])
  })
  description = "SFTP → S3: files below `sftp` go to `s3` on a schedule."
  nullable    = false

  validation {
    condition     = length(merge(var.pull, var.given)) == length(var.pull)
    error_message = "Stream ${var.stream}, pull: unknown key ${join(", ", flatten([for known in [keys(var.pull)] : [for key in keys(var.given) : key if !contains(known, key)]]))}. Known keys: ${join(", ", keys(var.pull))}."
  }

  validation {
    condition     = var.pull.acl == null || var.pull.acl == "bucket-owner-full-control"
    error_message = "Stream ${var.stream}, pull.acl: \"${coalesce(var.pull.acl, "-")}\" is unknown. \"bucket-owner-full-control\" lets the owner of another account's bucket read what is pulled, where the bucket's objects belong to who writes them (Object Ownership: object writer)."
  }

  validation {
    condition     = var.pull.encryption == null ? true : contains(["AES256", "aws:kms", "aws:kms:dsse", "bucket"], var.pull.encryption)
    error_message = "Stream ${var.stream}, pull.encryption: \"${coalesce(var.pull.encryption, "-")}\" is unknown. Give \"aws:kms\", \"aws:kms:dsse\" or \"AES256\", which each object is put with, or \"bucket\" to send nothing of it and leave it to the bucket."
  }

  validation {
    # Over the whole object: Terraform prints the attributes that a condition names, and a secret may have been pasted as the key.
    condition = 2 > sum([
      for field, value in var.pull : (field == "kms_key_arn" ? value != null : try(value == "AES256", false)) ? 1 : 0 if field == "encryption" || field == "kms_key_arn"
    ])
    error_message = "Stream ${var.stream}, pull.encryption: \"AES256\" uses keys of S3's own, and pull.kms_key_arn names another. Keep one of the two."
  }

  validation {
    condition     = contains(["delete", "keep", "move"], var.pull.after)
    error_message = "Stream ${var.stream}, pull.after: \"${var.pull.after}\" is unknown. Give \"move\" (into .done beside the file), \"delete\" or \"keep\" (for servers where we may only read)."
  }

  validation {
    # Not one regular expression each, which takes as long to compile for the default as all other checks of a pull together.
    condition     = alltrue([for suffix in var.pull.temporary_suffixes : try(length(suffix) >= 1 && length(suffix) <= 64, false)]) && try(length(regexall("[/[:cntrl:]]", join("", var.pull.temporary_suffixes))) == 0, false)
    error_message = "Stream ${var.stream}, pull.temporary_suffixes: ${jsonencode(var.pull.temporary_suffixes)} has an empty suffix (which every name ends in), a slash, a control character or more than 64 characters. Give endings of file names such as \".tmp\"; [] turns the check off."
  }

  validation {
    condition     = !contains(split("/", var.pull.sftp), ".done")
    error_message = "Stream ${var.stream}, pull.sftp: \"${var.pull.sftp}\" is inside .done, which holds what was pulled already. Give the directory that the partner writes to; to pull a file again, copy it out of .done."
  }

  validation {
    condition     = var.pull.max_size == null ? true : coalesce(var.pull.min_size, 0) <= var.pull.max_size
    error_message = "Stream ${var.stream}, pull.min_size: ${coalesce(var.pull.min_size, 0)} bytes are more than pull.max_size allows (${coalesce(var.pull.max_size, 0)}), so no file would be pulled. Give a smaller one, or a larger max_size."
  }

  # ── the archive ──
  validation {
    condition     = alltrue([for key in local.given.archive : contains(keys(var.pull.archive), key)])
    error_message = "Stream ${var.stream}, pull.archive: unknown key ${join(", ", [for key in local.given.archive : key if !contains(flatten([for archive in var.pull.archive[*] : keys(archive)]), key)])}. Known keys: ${join(", ", flatten([for archive in var.pull.archive[*] : keys(archive)]))}."
  }

  validation {
    condition     = alltrue([for archive in var.pull.archive[*] : length(concat(archive.directory[*], archive.name[*])) > 0])
    error_message = "Stream ${var.stream}, pull.archive: neither directory nor name. Give directory (where pulled files go instead of .done), name (what they are called there) or both, or leave archive out."
  }

  validation {
    condition     = alltrue([for archive in var.pull.archive[*] : var.pull.after == "move" || anytrue([for ready in var.pull.ready[*] : ready.after == "move"])])
    error_message = "Stream ${var.stream}, pull.archive: with after = \"${var.pull.after}\" nothing is moved, so nothing would ever be in an archive. Give after = \"move\", or leave archive out."
  }

  validation {
    condition = alltrue(flatten([
      for archive in var.pull.archive[*] : [
        for directory in archive.directory[*] : can(regex(local.patterns.directory, directory)) && !can(regex("(^|/)\\.{1,2}(/|$)|^/?(~|\\$|%)", directory))
      ]
    ]))
    error_message = "Stream ${var.stream}, pull.archive.directory: ${jsonencode(try(var.pull.archive.directory, "-"))} is not a directory as SFTP writes it. Name it below the log-in directory (\"archive/acme\") or from the root (\"/archive/acme\"): names with single slashes between, without `.`, `..`, ~ and variables."
  }

  validation {
    condition = alltrue(flatten([
      for archive in var.pull.archive[*] : [for directory in archive.directory[*] : !contains(split("/", directory), ".done")]
    ]))
    error_message = "Stream ${var.stream}, pull.archive.directory: ${jsonencode(try(var.pull.archive.directory, "-"))} is in .done, where the bridge purges what it knows nothing of. Give a directory of another name; without pull.archive.directory files go to .done."
  }

  validation {
    condition = alltrue(flatten([
      for archive in var.pull.archive[*] : [
        for name in archive.name[*] : can(regex(local.patterns.archive, name)) && !can(regex("(^|/)\\.{0,2}(/|$)", name))
      ]
    ]))
    error_message = "Stream ${var.stream}, pull.archive.name: ${jsonencode(try(var.pull.archive.name, "-"))} has a field that there isn't or in the wrong place, begins or ends with a slash, or has an empty, `.` or `..` segment. It is a path in the archive, with the fields of pull.name: \"{dir}/{stem}-{now:yyyyMMdd}{ext}\"."
  }

  validation {
    condition = alltrue(flatten([
      for archive in var.pull.archive[*] : [for name in archive.name[*] : !startswith(name, "{dir}") || length(archive.directory[*]) > 0]
    ]))
    error_message = "Stream ${var.stream}, pull.archive.name: ${jsonencode(try(var.pull.archive.name, "-"))} has {dir}, and without pull.archive.directory each file is moved to .done in its own directory anyway. Leave {dir} out, or give a directory."
  }

  validation {
    condition = alltrue(flatten([
      for archive in var.pull.archive[*] : [
        for name in archive.name[*] : [for segment in split("/", replace(name, "/\\{[^{}]*\\}/", "")) : length(segment) <= 240]
      ]
    ]))
    error_message = "Stream ${var.stream}, pull.archive.name: a name in the template has more than 240 characters beside its fields, and servers allow 255 bytes in all. Shorten it."
  }

  validation {
    condition     = length(flatten([for archive in var.pull.archive[*] : archive.name[*]])) == 0 || !contains(keys(var.given), "retention_days")
    error_message = "Stream ${var.stream}, pull.retention_days: what is in the archive under names of your own (pull.archive.name) has no stamp that says for how long, so it isn't purged. Leave one of the two out; somebody at the partner removes what is old."
  }

  # ── files that are changed on their way ──
  validation {
    condition     = alltrue([for key in local.given.extract : contains(keys(var.pull.extract), key)])
    error_message = "Stream ${var.stream}, pull.extract: unknown key ${join(", ", [for key in local.given.extract : key if !contains(flatten([for extract in var.pull.extract[*] : keys(extract)]), key)])}. Known keys: ${join(", ", flatten([for extract in var.pull.extract[*] : keys(extract)]))}."
  }

  validation {
    condition     = alltrue([for extract in var.pull.extract[*] : length(extract.formats) > 0 && length(setsubtract(extract.formats, ["gzip", "tar", "tar.gz", "zip", "zstd"])) == 0 && length(setintersection(extract.formats, ["gzip", "zstd"])) <= 1 && length(distinct(extract.formats)) == length(extract.formats)])
    error_message = "Stream ${var.stream}, pull.extract.formats: ${jsonencode(try(var.pull.extract.formats, []))}: it is a list of \"zip\" (names ending in .zip), \"tar\" (.tar), \"tar.gz\" (.tar.gz, .tgz), and one of \"gzip\" (.gz) and \"zstd\" (.zst), each once: of file.gz and file.zst both would be called file. Use a second stream for the other."
  }

  validation {
    condition = alltrue([
      for extract in var.pull.extract[*] : extract.into == "{dir}" || (can(regex(local.patterns.into, extract.into)) && !can(regex("(^|/)\\.{0,2}(/|$)", extract.into)))
    ])
    error_message = "Stream ${var.stream}, pull.extract.into: ${jsonencode(try(var.pull.extract.into, "-"))} is not a directory for an archive's files. It is a path below pull.s3 without a slash at either end, with the fields {dir} (the archive's own directory, at the beginning), {stem} (its name without its ending), {name} and {stream}: \"{dir}/{stem}\" is the default, \"{dir}\" puts the files of all archives of a directory beside each other, where a later one replaces an earlier one of the same name."
  }

  validation {
    condition     = alltrue([for extract in var.pull.extract[*] : extract.into == "{dir}/{stem}" || length(setintersection(extract.formats, ["tar", "tar.gz", "zip"])) > 0])
    error_message = "Stream ${var.stream}, pull.extract.into: it says where the files of archives go, and formats = ${jsonencode(try(var.pull.extract.formats, []))} has none. Leave it out; pull.name says what files are called."
  }

  validation {
    condition     = var.pull.name == null ? true : alltrue([for extract in var.pull.extract[*] : length(setintersection(extract.formats, ["tar", "tar.gz", "zip"])) == 0])
    error_message = "Stream ${var.stream}, pull.name: an archive becomes many files (pull.extract.formats = ${jsonencode(try(var.pull.extract.formats, []))}), which keep the names that they have in it. Leave pull.name out; pull.extract.into says which directory they go to."
  }

  validation {
    condition     = var.pull.on_exists == "replace" || alltrue([for extract in var.pull.extract[*] : length(setintersection(extract.formats, ["tar", "tar.gz", "zip"])) == 0])
    error_message = "Stream ${var.stream}, pull.on_exists: the files of an archive (pull.extract.formats = ${jsonencode(try(var.pull.extract.formats, []))}) replace what lies under their keys. Leave on_exists out; with the default pull.extract.into each archive has a directory of its own, and none takes another's place."
  }

  # ── the gate ──
  validation {
    condition     = var.pull.gate == null ? true : alltrue([for extract in var.pull.extract[*] : length(setintersection(extract.formats, ["tar", "tar.gz", "zip"])) == 0])
    error_message = "Stream ${var.stream}, pull.gate: it is asked about the one object that will be seen, and an archive becomes many (pull.extract.formats = ${jsonencode(try(var.pull.extract.formats, []))}). Leave these formats out, so that the archive itself is judged and comes to S3 as it is; or leave the gate out, and have what shows scanned behind it, which is less safe: it is seen before."
  }

  # ── the order ──
  validation {
    condition     = contains(["any", "name", "oldest", "sequence"], var.pull.order)
    error_message = "Stream ${var.stream}, pull.order: \"${var.pull.order}\" is unknown. Give \"any\" (whatever is due), \"name\" (by path), \"oldest\" (by when the file was changed) or \"sequence\" (by a running number in its name, without a gap)."
  }

  validation {
    condition     = !var.pull.strict_order || var.pull.order != "any"
    error_message = "Stream ${var.stream}, pull.strict_order: one file can't wait for the other where any may be the first. Give an order as well: order = \"name\" or \"oldest\"; \"sequence\" is strict by itself."
  }

  validation {
    condition     = (var.pull.order == "sequence") == (var.pull.sequence != null)
    error_message = "Stream ${var.stream}, pull.sequence: order = \"sequence\" and sequence go together: it says where the number stands in a name, sequence = { name = \"ORD_*_{seq}.csv\" }. Give both, or neither."
  }

  validation {
    condition     = var.pull.sequence == null ? true : var.pull.min_size == null && var.pull.max_size == null && var.pull.max_age_days == null
    error_message = "Stream ${var.stream}, pull.sequence: a file that min_size, max_size or max_age_days leave at the partner would be missing, and hold all behind it. Leave those out."
  }

  validation {
    condition     = alltrue(flatten([for sequence in var.pull.sequence[*] : [for suffix in var.pull.temporary_suffixes : !endswith(lower(try(sequence.name, "")), lower(suffix))]]))
    error_message = "Stream ${var.stream}, pull.sequence.name: ${jsonencode(try(var.pull.sequence.name, ""))} ends like a file that is still being written (pull.temporary_suffixes), so that none would ever be taken. Give the suffixes without it."
  }

  validation {
    condition     = var.pull.sequence == null ? true : alltrue([for ready in var.pull.ready[*] : endswith(ready.marker, "}") || !endswith(try(var.pull.sequence.name, ""), reverse(split("}", ready.marker))[0])])
    error_message = "Stream ${var.stream}, pull.sequence.name: ${jsonencode(try(var.pull.sequence.name, ""))} is for names that are markers (pull.ready.marker = ${jsonencode(try(var.pull.ready.marker, ""))}), which aren't files with a number of their own. Name the files."
  }

  # ── markers ──
  validation {
    condition     = alltrue([for key in local.given.ready : contains(keys(var.pull.ready), key)])
    error_message = "Stream ${var.stream}, pull.ready: unknown key ${join(", ", [for key in local.given.ready : key if !contains(flatten([for ready in var.pull.ready[*] : keys(ready)]), key)])}. Known keys: ${join(", ", flatten([for ready in var.pull.ready[*] : keys(ready)]))}."
  }

  validation {
    condition = alltrue([
      for ready in var.pull.ready[*] : contains(["file", "directory"], ready.scope) && contains(["delete", "move", "keep"], ready.after) && contains(["none", "md5", "sha256"], ready.checksum)
    ])
    error_message = "Stream ${var.stream}, pull.ready: ${jsonencode(var.pull.ready)}: scope is \"file\" (each file has a marker) or \"directory\" (one for all files of a directory), after is \"delete\", \"move\" or \"keep\", and checksum \"none\", \"md5\" or \"sha256\"."
  }

  validation {
    condition = alltrue([
      for ready in var.pull.ready[*] : can(regex(ready.scope == "directory" ? local.patterns.plain_name : local.patterns.file_marker, ready.marker)) && !contains([".done", "..", "."], ready.marker)
    ])
    error_message = "Stream ${var.stream}, pull.ready.marker: ${jsonencode(try(var.pull.ready.marker, ""))} can't be the name of a marker. For one file's it has {name} or {stem} (the name without its ending) in it once, and something beside it: \"{name}.done\", \"{stem}.ok\". For a directory's (scope = \"directory\") it is a plain name: \"_READY\". It has no slash, and isn't .done."
  }

  validation {
    condition = alltrue(flatten([
      for ready in var.pull.ready[*] : [for suffix in var.pull.temporary_suffixes : !endswith(lower(ready.marker), lower(suffix))]
    ]))
    error_message = "Stream ${var.stream}, pull.ready.marker: ${jsonencode(try(var.pull.ready.marker, ""))} ends like a file that is still being written (pull.temporary_suffixes). Give the suffixes without it."
  }

  # What a pattern ends in, behind its last wildcard, is what the names end in.
  validation {
    condition = alltrue(flatten([
      for ready in var.pull.ready[*] : [
        for pattern in var.pull.include : !endswith(pattern, reverse(split("}", ready.marker))[0]) if !endswith(ready.marker, "}")
      ]
    ]))
    error_message = "Stream ${var.stream}, pull.include: ${jsonencode(var.pull.include)} has a pattern for names that are markers (pull.ready.marker = ${jsonencode(try(var.pull.ready.marker, ""))}), and a marker isn't a file that is pulled. Name the files alone; to have markers in S3 as well, set pull.ready.deliver = true."
  }

  # ── the name ──
  validation {
    condition     = var.pull.name == null ? true : can(regex(local.patterns.template, var.pull.name))
    error_message = "Stream ${var.stream}, pull.name: ${jsonencode(coalesce(var.pull.name, "-"))} has a field that there isn't, or one in the wrong place. Fields are {name}, {stem} (the name without its ending), {ext} (its ending with the dot), {stream}, {seq} or {seq:6} (a number, with so many digits: 1 to 15), {now:…} and {mtime:…} with a time such as yyyyMMdd-HHmmss (yyyy, yy, MM, dd, HH, mm, ss and - _ . T), and {dir}, which is the file's directory and is only at the beginning, as {dir}/."
  }

  validation {
    condition     = var.pull.name == null ? true : !can(regex("(^|/)\\.{0,2}(/|$)", var.pull.name))
    error_message = "Stream ${var.stream}, pull.name: ${jsonencode(coalesce(var.pull.name, "-"))} begins or ends with a slash, or has an empty, `.` or `..` segment. It is a path below pull.s3: \"{dir}/{stem}-{now:yyyyMMdd}{ext}\"."
  }

  validation {
    condition     = var.pull.name == null ? true : can(regex("\\{(name|stem|seq(:[0-9]+)?)\\}|\\{(now|mtime):[^{}]*ss[^{}]*\\}", var.pull.name))
    error_message = "Stream ${var.stream}, pull.name: ${jsonencode(coalesce(var.pull.name, "-"))} gives all files one name, and only the first of them would be pulled. Put {name}, {stem}, {seq:6} or a time to the second ({now:yyyyMMddHHmmss}) into it."
  }

  # A time to the second is one for all that goes within it; with any other order it is one file that fails for it.
  validation {
    condition     = !(var.pull.order == "sequence" || var.pull.strict_order) || var.pull.on_exists == "number" || var.pull.name == null ? true : can(regex("\\{(name|stem|seq(:[0-9]+)?)\\}", var.pull.name))
    error_message = "Stream ${var.stream}, pull.name: ${jsonencode(coalesce(var.pull.name, "-"))} tells files apart by a time alone. The second of two within one second would fail, and with ${var.pull.order == "sequence" ? "order = \"sequence\"" : "strict_order"} hold all behind it. Put {stem}, {name} or {seq:6} beside the time, or give on_exists = \"number\"."
  }

  validation {
    condition     = var.pull.name == null ? true : alltrue([for segment in split("/", replace(var.pull.name, "/\\{[^{}]*\\}/", "")) : length(segment) <= 240])
    error_message = "Stream ${var.stream}, pull.name: a name in the template has more than 240 characters beside its fields, and 255 bytes are allowed in all. Shorten it."
  }

  validation {
    condition     = var.pull.name == null ? true : !anytrue([for ready in var.pull.ready[*] : ready.deliver])
    error_message = "Stream ${var.stream}, pull.name: markers that are delivered (pull.ready.deliver) keep names of their own, and nobody could tell any more which file one belongs to. Leave one of the two out."
  }

  # ── objects that are there already ──
  validation {
    condition     = contains(["fail", "number", "replace", "skip"], var.pull.on_exists)
    error_message = "Stream ${var.stream}, pull.on_exists: \"${var.pull.on_exists}\" is unknown. Give \"replace\" (the file takes the place of the object that its key has already), \"skip\" (it stays at the partner), \"fail\" (it fails, and is pulled once the object is gone) or \"number\" (it is called report-1.csv)."
  }

  validation {
    condition     = var.pull.on_exists != "number" || !anytrue([for ready in var.pull.ready[*] : ready.deliver])
    error_message = "Stream ${var.stream}, pull.on_exists: with \"number\" and markers that are delivered (pull.ready.deliver) nobody could tell any more which file a marker belongs to. Leave one of the two out."
  }
}

variable "stream" {
  type        = string
  description = "Name of the stream."
  nullable    = false
}
