/** The rules of the protocol, each with the line that keeps it. Taken out, the named test has to fail. */
export interface Rule {
  /** As docs/protocol.md has it. */
  readonly rule: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** Below test/unit. */
  readonly test: string;
}

const model = "transfer/model.test.ts";
const crash = "transfer/crash.test.ts";
const checkpoint = "transfer/checkpoint.test.ts";
const lease = "journal/lease.test.ts";
const weekend = "transfer/weekend.test.ts";
const damaged = "journal/damaged.test.ts";

export const rules: readonly Rule[] = [
  {
    rule: "P1 an upload has a name of its own",
    file: "push/push.ts",
    find: "temporaryPathFor(final, nonce())",
    replace: "final",
    test: crash,
  },
  {
    rule: "P2 a name is recorded before the file is made, and removed by its successor",
    file: "push/push.ts",
    find: "const known = direct ? [] : temporariesOf(entry.progress, final);",
    replace: "const known: string[] = [];",
    test: crash,
  },
  {
    rule: "P3 `publishing` is recorded before the rename",
    file: "push/publish.ts",
    find: "const publishing = await journal.update(entry, { progress: complete });",
    replace: "const publishing = entry; void complete;",
    test: crash,
  },
  {
    rule: "P4 what is there under the final name counts as delivered only with the recorded size and time",
    file: "push/recover.ts",
    find: "  if (there.size !== progress.size || there.mtime !== progress.mtime) return false;\n",
    replace: "",
    test: "transfer/races.test.ts",
  },
  {
    rule: "P4b … and where the version before has the same size, only with the same bytes",
    file: "push/recover.ts",
    find: "return (await hashOf(final, context)) === progress.sha256;",
    replace: "return true;",
    test: "transfer/races.test.ts",
  },
  {
    rule: "P5 an upload goes on only if its last bytes are the source's",
    file: "push/recover.ts",
    find: "if (there.equals(expected)) return",
    replace: "if (there.length >= 0) return",
    test: checkpoint,
  },
  {
    rule: "P6 an upload goes on only for the same version",
    file: "push/recover.ts",
    find: "progress.identity !== source.identity || ",
    replace: "",
    test: checkpoint,
  },
  {
    rule: "P7 time that is up is told from a failure, whatever error it comes as",
    file: "push/write.ts",
    find: "reasonOf(error, signal) instanceof OutOfTime",
    replace: "false",
    test: checkpoint,
  },
  {
    rule: "P8 only names of uploads are removed on a record's word",
    file: "push/temporary.ts",
    find: "isTemporary(nameOf(path)) && directoryOf(path) === directoryOf(final) && ",
    replace: "",
    test: damaged,
  },
  {
    rule: "J1 every change of an entry is on condition",
    file: "journal/journal.ts",
    find: "await write({ ...entry, ...changes }, { rev: entry.rev });",
    replace: "await write({ ...entry, ...changes }, {});",
    test: model,
  },
  {
    rule: "J2 an older version never replaces a newer one in the journal",
    file: "push/intake.ts",
    find: "return object.sequencer > known.source.sequencer;",
    replace: "return object.sequencer !== known.source.sequencer;",
    test: "push/intake.test.ts",
  },
  {
    rule: "J3 a failure is written to what failed, not to what has come since",
    file: "transfer/settle.ts",
    find: " || !isOurs(entry, current, context.holder)",
    replace: "",
    test: "transfer/races.test.ts",
  },
  {
    rule: "J4 what another live run works on is left to it",
    file: "transfer/due.ts",
    find: '!isForeign(entry) || !live.has(entry.progress?.holder ?? "")',
    replace: "live.size >= 0",
    test: "transfer/races.test.ts",
  },
  {
    rule: "G1 the object is in S3 before the partner's file is touched",
    file: "pull/pull.ts",
    find: 'progress?.phase === "copied" || progress?.phase === "moving"',
    replace: "progress !== undefined",
    test: crash,
  },
  {
    rule: "G2 a pull that was stopped goes on behind whole parts without a hole",
    file: "pull/copy.ts",
    find: "offset === checkpoint && parts.every((part, index) => part.number === index + 1)",
    replace: "parts.length >= 0",
    test: checkpoint,
  },
  {
    rule: "G3 the file is the same after it was read",
    file: "pull/copy.ts",
    find: "await task.unchanged(entry);",
    replace: "",
    test: "transfer/races.test.ts",
  },
  {
    rule: "G4 an upload whose id was never recorded is found and aborted",
    file: "pull/pull.ts",
    find: "if (!next.upload_id) await abortUploads(known, place, context);",
    replace: "",
    test: checkpoint,
  },
  {
    rule: "G4b … also those that replaced a recorded one",
    file: "pull/copy.ts",
    find: "if (repeated || progress.upload_id) await",
    replace: "if (repeated) await",
    test: "actions/sweep.test.ts",
  },
  {
    rule: "G5 what lies in .done unread is pulled out, also after a crash",
    file: "pull/finish.ts",
    find: 'progress.phase === "moving" && progress.path ? await settleMoved(entry, progress.path, context) : undefined',
    replace: "undefined",
    test: "transfer/races.test.ts",
  },
  {
    rule: "G7 where a rename changes a file's time, its bytes tell whether it is what was copied",
    file: "pull/moved.ts",
    find: "return hasher.digest() === sha256;",
    replace: "return true;",
    test: "pull/moved.test.ts",
  },
  {
    rule: "G8 a file whose time was changed by the rename is known by its new one",
    file: "pull/purge.ts",
    find: "identity === found || moved === found",
    replace: "identity === found",
    test: "pull/moved.test.ts",
  },
  {
    rule: "G6 only what the journal has as delivered is purged",
    file: "pull/purge.ts",
    find: "if (entry && !isVerified(entry, file, time)) continue;",
    replace: "",
    test: "transfer/races.test.ts",
  },
  {
    rule: "S1 a refused object that a listing doesn't show is gone",
    file: "transfer/missing.ts",
    find: "if (!hasStatus(error, 403)) return false;",
    replace: "return false;",
    test: "transfer/missing.test.ts",
  },
  {
    rule: "S2 a refused object that a listing shows is not gone",
    file: "transfer/missing.ts",
    find: "return Contents[0]?.Key !== key;",
    replace: "return true;",
    test: "transfer/missing.test.ts",
  },
  {
    rule: "L1 a lease is taken on condition",
    file: "journal/lease.ts",
    find: 'await table.put(mine, "absent")',
    replace: "await table.put(mine, {})",
    test: lease,
  },
  {
    rule: "L2 a taker has seen the lease unchanged for its whole life",
    file: "journal/lease.ts",
    find: "elapsed(clock, seen).least >= leaseTtl",
    replace: "elapsed(clock, seen).least >= 0",
    test: lease,
  },
  {
    rule: "L3 clocks may differ by minutes",
    file: "journal/lease.ts",
    find: "clock.wall() > lease.until + allowedSkew",
    replace: "clock.wall() > lease.until",
    test: lease,
  },
  {
    rule: "L9 a lease that has ended by the table's clock is free, for all runs",
    file: "journal/lease.ts",
    find: "told.least > ends + tableSkew",
    replace: "false",
    test: "transfer/takeover.test.ts",
  },
  {
    rule: "L10 the table's servers' clocks may differ by seconds, and its time is what it can be at most",
    file: "journal/lease.ts",
    find: "ends: told && told.most + leaseTtl",
    replace: "ends: told && told.least",
    test: lease,
  },
  {
    rule: "L11 ends by two clocks that don't belong together aren't believed",
    file: "journal/lease.ts",
    find: "Math.abs(ends - until) > allowedSkew",
    replace: "false",
    test: lease,
  },
  {
    rule: "L12 the table's time is at most a whole second and all that has passed since the request was sent later than it was told",
    file: "journal/time.ts",
    find: "latest.date + granularity + elapsed(clock, latest.sent).most",
    replace: "latest.date + elapsed(clock, latest.sent).least",
    test: "journal/time.test.ts",
  },
  {
    rule: "L4 a slot is given up only if nothing has rung since it was looked into",
    file: "journal/lease.ts",
    find: "{ rev: current.rev, rings: answered }",
    replace: "{ rev: current.rev }",
    test: lease,
  },
  {
    rule: "L5 a lost answer isn't a lost lease",
    file: "journal/lease.ts",
    find: "found?.holder !== current.holder",
    replace: "found?.rev !== current.rev",
    test: lease,
  },
  {
    rule: "L6 the holder counts from when its request was sent, by the faster clock",
    file: "journal/time.ts",
    find: "most: Math.max(",
    replace: "most: Math.min(",
    test: lease,
  },
  {
    rule: "L7 a holder whose lease is too short renews it before it makes anything visible",
    file: "transfer/guard.ts",
    find: "if (lease.remaining() >= margin) return;",
    replace: "return;",
    test: "transfer/races.test.ts",
  },
  {
    rule: "L8 a holder whose slot has rung meanwhile looks again before it gives it up",
    file: "transfer/drain.ts",
    find: "if (turn.stopped || (await lease.release(turn.answered)))",
    replace: "if (turn.result)",
    test: "transfer/races.test.ts",
  },
  {
    rule: "R1 a partner that refuses everyone is asked once a turn",
    file: "transfer/drain.ts",
    find: "health && health.notBefore > clock.wall()",
    replace: "health && health.notBefore > Number.POSITIVE_INFINITY",
    test: weekend,
  },
  {
    rule: "R2 a file that ends every connection is set aside",
    file: "transfer/settle.ts",
    find: "const counted = blameless ? attempts - innocent : attempts;",
    replace: "const counted = blameless ? 0 : attempts;",
    test: weekend,
  },
  {
    rule: "R3 what is overdue at a partner that is away is given up, and stays",
    file: "transfer/give-up.ts",
    find: "if (!stream.push) continue;",
    replace: "if (stream) continue;",
    test: weekend,
  },
];
