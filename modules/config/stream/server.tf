# What a user may say of a partner's server (sftp.server): the names of lambda/src/config/server-traits.ts.
locals {
  server = {
    abilities = [
      "bold_reads", "bold_writes", "early_curve25519", "early_log_in", "early_mlkem", "early_session", "ends_lists", "exact_sizes", "exclusive_open",
      "fstat", "goes_on_after_close", "keeps_temporary", "keeps_time", "large_requests", "letter_case", "pipelined_close", "pipelined_writes", "posix_rename", "read_back",
      "reads_past_end", "rename", "replacing_rename", "resumes", "set_attributes", "several_handles", "stat", "times",
      "told_types", "truncates",
    ]
    limits = ["open_files", "requests"]
  }
}
