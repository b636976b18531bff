# Every number of a stream that is a whole one within limits, and what it is for. A row here checks it; its type and default are where
# the part's variable is declared (sftp.tf, alarms.tf, ../push, ../pull, and what these call). A new name in `within_parts` is to be named
# in variables.tf as well. Not here: sftp.server and sftp.options (sftp.tf), as no type converts what is in them, so that a number in
# quotes is refused there, together with texts and truths.
locals {
  whole_numbers = {
    of_parts = {
      alarms = {
        pgp_key_days               = { min = 1, max = 3650, hint = "It is how many days before push.pgp or pull.pgp has no key left somebody is told; the default is 30." }
        certificate_days           = { min = 1, max = 3650, hint = "It is how many days before sftp.certificate or sftp.via.certificate expires somebody is told; the default is 14. For one that is renewed every few hours, name \"certificate\" in alarms.off." }
        connection_timeouts        = { min = 0, max = 59, hint = "It is how many minutes of an hour may have connection time-outs. To have no such alarm, name \"connection-timeouts\" in alarms.off." }
        errors                     = { min = 0, max = 100000, hint = "It is how many errors are tolerated within 15 minutes. To have no such alarm, name \"errors\" in alarms.off." }
        failed                     = { min = 0, max = 100000, hint = "It is how many files may have failed on each side. To have no such alarm, name \"failed\" in alarms.off." }
        oldest_undelivered_minutes = { min = 5, max = 527040, hint = "Ages are measured each minute, and a retry alone takes one; the maximum is a year." }
        oldest_waiting_minutes     = { min = 5, max = 527040, hint = "Ages are measured each minute, and a retry alone takes one; the maximum is a year." }
        poll_overdue_minutes       = { min = 5, max = 527040, hint = "Ages are measured each minute, and a retry alone takes one; the maximum is a year." }
      }
      pull = {
        max_age_days    = { min = 1, max = 36500, hint = "A file that was changed longer ago stays at the partner. Left out, age is no matter." }
        max_files       = { min = 1, max = 1000000, hint = "It is how many new files one poll takes; further ones wait for the next. Left out, it takes all." }
        max_size        = { min = 0, max = 53687091200000, hint = "Bytes; a larger file stays at the partner. S3 takes no more than 53687091200000." }
        min_size        = { min = 0, max = 53687091200000, hint = "Bytes; a smaller file stays at the partner: 1 leaves out empty ones." }
        max_open_files  = { min = 1, max = 1000000, hint = "It is how many files may be known and not yet moved; further ones wait at the partner. 100000 is the default." }
        min_age_seconds = { min = 0, max = 86400, hint = "A younger file is left for the next poll; the maximum is a day." }
        retention_days  = { min = 1, max = 3650, hint = "It is how long a file stays in .done; to keep none, set after = \"delete\"." }
      }
      push = {
        reconcile_hours = { min = 1, max = 744, hint = "24 compares the prefix with the journal once a day; left out, only an operator does." }
      }
      sftp = {
        connect_timeout_seconds   = { min = 1, max = 120, hint = "It bounds connecting and logging in; 20 is the default." }
        max_bytes_per_second      = { min = 65536, max = 10000000000, hint = "It bounds what moves over all connections of one function, both ways: 1000000 is 8 Mbit/s. Left out, nothing bounds it." }
        max_connections           = { min = 1, max = 20, hint = "One is enough for most partners; ask before you use more." }
        max_handles_per_file      = { min = 1, max = 64, hint = "1 writes and reads each file through one handle; left out, a large file gets as many as pay, where the server is seen to bear it." }
        operation_timeout_seconds = { min = 1, max = 300, hint = "It bounds one request (open, read, write, rename …), not a file; 30 is the default." }
        port                      = { min = 1, max = 65535, hint = "22 is the default." }
      }
      stream = {
        retry_for_days = { min = 1, max = 365, hint = "A transfer that fails is tried again for at least a day." }
      }
    }

    # By part and the part within it. 9007199254740990 is the greatest that JavaScript counts on from; the function's
    # lambda/src/config/sequence.ts has it as well.
    within_parts = {
      alarms = {
        at_least = {
          "pull.files" = { min = 1, max = 9007199254740990, hint = "Fewer files within the hours are an alarm. For what has to come on certain days, use alarms.expected." }
          "push.files" = { min = 1, max = 9007199254740990, hint = "Fewer files within the hours are an alarm. For what has to come on certain days, use alarms.expected." }
        }
        expected = {
          count        = { min = 1, max = 1000, hint = "It is how many files have to come by then; 1 is the default." }
          within_hours = { min = 1, max = 744, hint = "It is how long before `by` a file may have come; 24 is the default." }
        }
      }
      pull = {
        extract = {
          max_bytes   = { min = 1, max = 53687091200000, hint = "It is how many bytes may come out of one file; 10737418240 is the default." }
          max_entries = { min = 1, max = 100000, hint = "It is how many files and directories an archive may have; 10000 is the default." }
          max_ratio   = { min = 1, max = 100000, hint = "It is how many times as many bytes may come out of a file as went in; 200 is the default." }
        }
        gate = {
          timeout_hours = { min = 1, max = 144, hint = "What is held lies in staging, where S3 removes it after seven days. A file without a verdict by then has failed, and is never seen for that." }
        }
        pgp = {
          max_bytes = { min = 1, max = 53687091200000, hint = "It is how many bytes may come out of one file; 10737418240 is the default." }
          max_ratio = { min = 1, max = 100000, hint = "It is how many times as many bytes may come out of a file as went in; 200 is the default." }
        }
        sequence = {
          first = { min = 0, max = 9007199254740990, hint = "It is the first number that is awaited." }
          max   = { min = 0, max = 9007199254740990, hint = "It is the greatest number before they begin again." }
          min   = { min = 0, max = 9007199254740990, hint = "It is the number after max." }
        }
      }
      push = {
        gate = {
          timeout_hours = { min = 1, max = 720, hint = "A file without a verdict by then has failed, and is never sent for that." }
        }
        sequence = {
          first = { min = 0, max = 9007199254740990, hint = "It is the first number that is awaited." }
          max   = { min = 0, max = 9007199254740990, hint = "It is the greatest number before they begin again." }
          min   = { min = 0, max = 9007199254740990, hint = "It is the number after max." }
        }
      }
      sftp = {
        via = {
          port = { min = 1, max = 65535, hint = "Left out, it is 1080 (socks5), 3128 (http) or 22 (ssh)." }
        }
      }
    }
  }
}
