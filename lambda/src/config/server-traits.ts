/** What servers differ in: the names that the journal, `check`, `status` and a stream's `sftp.server` use, and what each means. */

/** True: it works there. False: it doesn't, and the engine does without. */
export const abilities = {
  several_handles: "one file can be written through several handles at one time",
  resumes: "an upload can go on through another handle",
  pipelined_writes: "a file's writes may be sent before the earlier ones are answered",
  pipelined_close: "a file's CLOSE may be sent before its last writes are answered",
  large_requests: "a READ or WRITE may carry more than 4,096 bytes",
  bold_reads: "READs may be large, and reach across a file's end, before harmless ones were answered",
  bold_writes: "WRITEs may be large before small ones were answered",
  exclusive_open: "a file can be made on condition that none is there (CREAT|EXCL)",
  posix_rename: "posix-rename@openssh.com works",
  rename: "a file can be renamed",
  replacing_rename: "a rename replaces a file that is there",
  keeps_time: "a renamed file keeps its time",
  keeps_temporary: "a file stays under its temporary name until it is renamed",
  truncates: "what lies under a name is emptied when it is opened to be replaced (TRUNC)",
  exact_sizes: "the size that is told of a file is that of its content",
  told_types: "what is told to be a file is no directory",
  reads_past_end: "a READ may ask for more than the file has left",
  ends_lists: "a directory's list ends where it ends, and not with a failure",
  times: "a file's time changes with the file, and not by itself",
  temporary_names: "files may have the bridge's temporary names",
  goes_on_after_close: "the session goes on once a file was closed",
  fstat: "an open file can be looked at (FSTAT)",
  stat: "files can be looked at (STAT, LSTAT)",
  set_attributes: "permissions and times of files can be set (SETSTAT)",
  letter_case: "names that differ in upper and lower case only are two files'",
  read_back: "what was uploaded can be read",
  early_mlkem: "our half of mlkem768x25519-sha256 may be sent before the server has offered it",
  early_curve25519: "our half of curve25519-sha256 may be sent before the server has offered it",
  early_log_in: "the log-in may be sent before its service is granted",
  early_session: "SFTP may be begun before its subsystem is granted",
} as const;

/** How much of something it bears at one time. */
export const limits = {
  open_files: "files that may be open at one time",
  requests: "requests that may wait for an answer at one time",
} as const;

export type Ability = keyof typeof abilities;
export type LimitName = keyof typeof limits;
export type TraitName = Ability | LimitName;

export const abilityNames = Object.keys(abilities) as readonly Ability[];
export const limitNames = Object.keys(limits) as readonly LimitName[];

export const isAbility = (name: string): name is Ability => Object.hasOwn(abilities, name);
export const isLimit = (name: string): name is LimitName => Object.hasOwn(limits, name);

/** What the user says of a server (`sftp.server`): believed, never learned anew. */
export type GivenTraits = { readonly [A in Ability]?: boolean } & { readonly [L in LimitName]?: number };
