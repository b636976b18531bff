variable "enable_eventbridge_on_buckets" {
  type        = set(string)
  description = <<-EOT
    Existing buckets on which to turn EventBridge notifications on, by name. **A bucket has one notification configuration,
    and this replaces the whole of it**: what the bucket sends to Lambda, SQS or SNS today ends, and `destroy` leaves the
    bucket with none. Leave it empty where others manage it, and turn EventBridge on there. The names have to be
    known at plan time. The module's own bucket needs nothing.
  EOT
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for bucket in var.enable_eventbridge_on_buckets : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", bucket))])
    error_message = "enable_eventbridge_on_buckets holds names of buckets alone, without prefix and without s3://: ${join(", ", var.enable_eventbridge_on_buckets)}."
  }
}

variable "schedule_rules" {
  type        = set(string)
  description = <<-EOT
    Names of EventBridge rules of yours that may invoke the function, on the default bus of this account and region. The name
    says what to poll: streams with periods between, `acme.globex`. Several streams in one rule and several rules for one
    stream both work, beside the streams' own schedules.
  EOT
  default     = []
  nullable    = false

  # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
  validation {
    condition     = alltrue([for rule in var.schedule_rules : can(regex("^[A-Za-z0-9_.-]{1,64}$", rule))])
    error_message = "schedule_rules: ${join(", ", [for rule in var.schedule_rules : jsonencode(rule) if !can(regex("^[A-Za-z0-9_.-]{1,64}$", rule))])} is not the name of a rule. Give names, not ARNs: up to 64 letters, digits and . - _."
  }

  # A rule that names a stream that isn't there would fail at each of its times. `poll` alone is the original's rule for retries.
  validation {
    condition = alltrue(flatten([
      for rule in var.schedule_rules : [
        for stream in split(".", rule) : lookup(lookup(var.streams, stream, {}), "pull", null) != null if rule != "poll"
      ]
    ]))
    error_message = "schedule_rules: ${join(", ", flatten([
      for rule in var.schedule_rules : [
        for stream in split(".", rule) : "\"${rule}\" names \"${stream}\"" if rule != "poll" && try(var.streams[stream].pull, null) == null
      ]
    ]))}, and no stream with a pull is called so. A rule's name is the list of the streams that it polls, with periods between; streams with a pull: ${join(", ", [for name in keys(var.streams) : name if lookup(var.streams[name], "pull", null) != null])}."
  }

  # Each is a statement of some 350 bytes in the function's policy, which has room for 20 KB.
  validation {
    condition     = length(var.schedule_rules) <= 40
    error_message = "schedule_rules: ${length(var.schedule_rules)} rules are more than the function's policy has room for (40). Put several streams into one rule, as acme.globex."
  }
}

variable "streams" {
  type        = any
  description = <<-EOT
    The streams, by name (letters, digits, hyphens and underscores, 64 at most). Each is a pairing with one partner:

    - `sftp`: the partner.
      - `host`: host name or IP address.
      - `port`: 22 unless set.
      - `username`: who we are there.
      - `host_keys`: the partner's host keys, as SHA256 fingerprints (`SHA256:…`) or known_hosts lines.
      - `host_ca_keys`: public keys of authorities whose host certificates are trusted, beside `host_keys` or instead.
      - `insecure_ignore_host_key`: true connects without checking the host key. Not for production.
      - `password`, `private_key`, `passphrase`: where each secret is kept: `{ secret_arn = … }` or `{ ssm_parameter = … }`
        (a private key also `{ s3 = "bucket/key" }`), and where needed `json_key`, `kms_key_arn`, `bucket_kms_key_arn`, `bucket_owner`,
        `encryption_context`.
      - `certificate`: where the OpenSSH certificate of the private key is kept, in the same way.
      - `via`: a proxy or jump host that connections go through: `{ type = "socks5", host = … }`, `"http"` or `"ssh"`, with `port`
        (1080, 3128, 22), and where needed `username` and `password`; a jump host has `host_keys` or
        `host_ca_keys`, and may have `private_key`, `passphrase` and `certificate`.
      - `allowed_addresses`: ranges (`198.51.100.0/24`) outside of which no address of the host is connected to.
      - `max_connections`: connections to the partner at one time, over all streams (1).
      - `max_bytes_per_second`: over all connections of one function, both ways.
      - `max_handles_per_file`: handles through which one large file is moved at one time; 1 turns that off. Left out, as many as
        pay, where the server was seen to bear it.
      - `server`: what is known of the server and needs no finding out, such as `{ several_handles = false, open_files = 5 }`.
      - `connect_timeout_seconds` (20), `operation_timeout_seconds` (30): for the log-in, and for one request.
      - `options`: further connect options of ssh2, such as `algorithms` and `keepaliveInterval`.
    - `push`: S3 → SFTP, as objects arrive.
      - `s3`: `bucket` or `bucket/prefix`; left out, the module's bucket and `<stream>/push`.
      - `sftp`: the remote directory; left out, the log-in directory.
      - `include`, `exclude`: glob patterns of paths below the prefix.
      - `compress`: `gzip`, `zstd` or `zip`: each file is compressed on its way, and its name ends with `.gz`, `.zst` or `.zip` as well.
      - `gate`: nothing is sent before it was let pass: `{ function_arn = … }` (your function says `pass`, `reject` or `hold`) or `{ guardduty = {} }`
        (GuardDuty Malware Protection for S3), and if wanted `timeout_hours` (24), after which a file without a verdict has failed.
      - `name`: what files are called at the partner: `"{dir}/{stem}-{now:yyyyMMdd-HHmmss}{ext}"`, with `{name}`, `{stem}`, `{ext}`, `{stream}`,
        `{seq:6}` (a number of its own), `{now:…}`, `{mtime:…}`, and `{dir}/` at its beginning; its times are in `time_zone` (UTC). Left out, as below the prefix.
      - `pgp`: each file is encrypted (OpenPGP): `{ encrypt_to = [{ secret_arn = … }] }`, and if wanted `sign_with`, `passphrase`, `armor` (false), `suffix` (`.pgp`).
      - `marker`: a file written behind each one: `{ name = "{name}.done" }`, and if wanted `content` (`empty`, `size`, `md5`, `sha256`).
      - `mode`: permissions of each file (`"0640"`). `keep_mtime`: it gets the time of its source (false).
      - `on_exists`: what becomes of a file whose name the partner has already: `replace` (it takes its place), `skip`, `fail` or `number` (it is called `report-1.csv`).
      - `order`: which files go first: `any`, `name` (by path), `oldest` or `sequence` (by a running number, without a gap). `strict_order`: one
        file after the other, and what fails holds the rest (false).
      - `sequence`: where the number stands: `{ name = "ORD_*_{seq}.csv" }`, and if wanted `first` (1), and `max` after which numbers begin again with `min` (1).
      - `work_directory`: where files are written before they are moved to `sftp`, on the same file system; left out, beside them.
      - `upload`: `atomic` (temporary name, then rename) or `direct`, for servers that refuse rename.
      - `verify`: `strict` (the remote size has to be the size sent), `checksum` (and the content has to be the same: by the
        server's own checksum, else each file is read back), `tolerant` (more bytes, or no size, are accepted) or `off` (nothing is
        compared, so that a file that was cut short counts as delivered).
      - `kms_key_arn`: the customer-managed key of the bucket.
      - `bucket_owner`: the account (12 digits) that the bucket has to belong to: S3 refuses each request to one of somebody else's.
        The module's own bucket has this account's; left out elsewhere, nothing is compared.
      - `windows`: when it may connect at all, `[{ days = ["MON-FRI"], from = "06:00", to = "22:00" }]`, in its `time_zone` (UTC); outside
        files wait, and grow no older. `calendars`: names of the module's `calendars`, on whose days no window begins.
      - `reconcile_hours`: how often the prefix is compared with the journal, and what no event announced is sent; left out, once
        after the apply that made the push, and when an operator asks for it.
    - `pull`: SFTP → S3, on a schedule.
      - `on_exists`: what becomes of a file whose key has an object already: `replace` (it takes its place), `skip` (it stays at the partner), `fail` or
        `number` (it is called `report-1.csv`).
      - `sftp`: the remote directory; left out, the log-in directory.
      - `s3`: `bucket` or `bucket/prefix`; left out, the module's bucket and `<stream>/pull`.
      - `schedule`: `rate(5 minutes)` or `cron(0 6 * * ? *)`, or a list of them, in `time_zone` (UTC). Rates are spread: each stream has
        a minute of its own.
      - `name`: what files are called in S3, by a template as for `push`; left out, as below the directory.
      - `after`: what becomes of the partner's file: `move` (into `.done` beside it), `delete` or `keep`.
      - `archive`: where `move` puts files instead, and what they are called there: `{ directory = "archive/acme", name = "{dir}/{name}" }`, or one of the two.
        `name` is a template as for `push`.
      - `ready`: the partner's markers, without which a file doesn't count: `{ marker = "{name}.done" }`, and if wanted `scope`
        (`file`, `directory`), `after` (`delete`, `move`, `keep`), `checksum` (`none`, `md5`, `sha256`), `deliver` (false).
      - `pgp`: each file is decrypted (OpenPGP): `{ decrypt_with = [{ secret_arn = … }] }`, and if wanted `passphrase`, `verify_from` (whose signature
        is good), `require_signature` (true where there is a `verify_from`), `strip_suffix` (`.pgp`), `max_bytes` (10 GiB), `max_ratio` (200).
      - `extract`: each file is unpacked: `{ formats = ["zip"] }`, of `zip`, `tar`, `tar.gz` (all of an archive's files) and `gzip` or `zstd` (one file), and if wanted
        `into` (where an archive's files go: `{dir}/{stem}`), `max_entries` (10000), `max_bytes` (10 GiB), `max_ratio` (200).
      - `gate`: nothing shows in S3 before it was let pass: `{ function_arn = … }` or `{ guardduty = {} }`, as for `push`, and if wanted `timeout_hours` (24,
        at most 144). Until then it is held in staging; what is rejected goes to `quarantine/` of the configuration's bucket.
      - `retention_days`: days that a file stays in `.done` (14).
      - `max_files`: new files that one poll takes. `min_size`, `max_size` (bytes), `max_age_days`: what else stays at the partner.
      - `max_open_files`: files that may be known and not yet moved (100000); further ones wait at the partner, with an error.
      - `min_age_seconds`: a younger file is left for the next poll (0).
      - `temporary_suffixes`: endings of names that are still being written.
      - `include`, `exclude`, `order`, `strict_order`, `sequence`, `kms_key_arn`, `bucket_owner`: as for `push`.
      - `windows`, `time_zone`, `calendars`: as for `push`. On a calendar's days the schedule doesn't poll.
      - `encryption`: what each object is put with: `aws:kms` (with `kms_key_arn`, the default there), `aws:kms:dsse`, `AES256`, or
        `bucket`, which leaves it to the bucket.
      - `acl`: `bucket-owner-full-control`, for another account's bucket in which objects belong to who writes them.
    - `retry_for_days`: how long a failing transfer is tried again (7).
    - `alarms`: when alarms notify you; the defaults work for most. Whom: `monitoring`.
      - `errors` (0): how many are tolerated within 15 minutes. `connection_timeouts` (2): how many minutes of an hour may have some.
      - `certificate_days` (14): how many days before `sftp.certificate` or `sftp.via.certificate` expires.
      - `pgp_key_days` (30): how many days before `push.pgp` or `pull.pgp` has no valid key left.
      - `failed` (0): how many files may have failed on each side.
      - `oldest_undelivered_minutes` (60), `oldest_waiting_minutes` (60): how old the oldest object that isn't delivered, and
        the oldest file that waits at the partner, may become.
      - `poll_overdue_minutes`: how long no poll may succeed; left out, three times the schedule and a quarter of an hour.
      - `at_least`: `{ push = { files = 10, hours = 24 } }`, and so for `pull`: fewer files in that time are an alarm.
      - `expected`: files that have to come by a time: `{ match = "*.csv", by = "07:30", days = ["MON", …], time_zone = "Europe/Berlin" }`,
        and if wanted `count` (1), `within_hours` (24: how long before it may have come), `except` (dates), `calendars` and `direction`.
      - `off`: alarms that the stream does without, by name: `errors`, `connection-timeouts`, `failed`, `oldest-undelivered`,
        `oldest-waiting`, `polls`, `rules`, `at-least`, `expected`, `certificate`, `pgp-key`, or `all`.

    A stream has a `push`, a `pull` or both. The type is `any` so that an unknown key is an error and not ignored.
  EOT
  nullable    = false

  validation {
    condition     = can(keys(var.streams)) && can([for stream in var.streams : keys(stream)])
    error_message = "streams has to be a map from the name of a stream to an object: { acme = { sftp = {…}, push = {…} } }."
  }

  # What the function itself connects to: a proxy may go on by IPv6. Out of a VPC a function has no IPv6, and in one only by a setting that needs dual-stack subnets.
  # https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
  validation {
    condition = alltrue([
      for stream in var.streams : !can(cidrhost("${trim(try(stream.sftp.via.host, stream.sftp.host, ""), "[]")}/128", 0)) && try(tobool(stream.sftp.options.forceIPv6), false) != true
    ])
    error_message = "streams: ${join(", ", [
      for name, stream in var.streams : name if can(cidrhost("${trim(try(stream.sftp.via.host, stream.sftp.host, ""), "[]")}/128", 0)) || try(tobool(stream.sftp.options.forceIPv6), false) == true
    ])}: the partner, or the host of sftp.via, would have to be reached by IPv6 (its address, or forceIPv6), and the function reaches partners by IPv4 alone. Give the partner's name or its IPv4 address, and leave forceIPv6 out; a name that has an IPv6 address as well does no harm."
  }
}
