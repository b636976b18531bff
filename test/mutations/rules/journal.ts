/** Rules that are kept in lambda/src/journal. */
import type { Rule } from "./rule.ts";

const model = "drain/model.test.ts";
const lease = "journal/lease.test.ts";
const handOut = "runs/fan-out.test.ts";

export const journalRules: readonly Rule[] = [
  {
    rule: "J1 every change of an entry is on condition",
    file: "journal/entry-writes.ts",
    find: "await write(after, { rev: entry.rev }, told, entry);",
    replace: "await write(after, {}, told, entry);",
    test: model,
  },
  {
    rule: "J1b of an entry that was read all is written, whatever it seemed to have",
    file: "journal/entry-writes.ts",
    find: "before !== undefined && own.has(before)",
    replace: "before !== undefined",
    test: "journal/entry-writes.test.ts",
  },
  {
    rule: "J1c … and what was taken out of it is removed there, too",
    file: "journal/statements.ts",
    find: "if (item[name] !== base[name]) names.push(name);",
    replace: "if (item[name] !== undefined && item[name] !== base[name]) names.push(name);",
    test: "journal/changes-only.test.ts",
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
    test: "drain/takeover.test.ts",
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
    file: "journal/table-clock.ts",
    find: "latest.date + granularity + elapsed(clock, latest.sent).most",
    replace: "latest.date + elapsed(clock, latest.sent).least",
    test: "journal/table-clock.test.ts",
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
    file: "clock.ts",
    find: "most: Math.max(",
    replace: "most: Math.min(",
    test: lease,
  },
  {
    rule: "L13 a renewal without an answer keeps none of the later ones waiting",
    file: "drain/session.ts",
    find: "const renew = async () => {\n    leave();",
    replace: "const renew = async () => {\n    if (renewal) return;",
    test: "drain/session.test.ts",
  },
  {
    rule: "L14 what a renewal that was left to itself answers later changes nothing",
    file: "journal/lease.ts",
    find: "if (left?.aborted) return;",
    replace: "",
    test: "drain/session.test.ts",
  },
  {
    rule: "H2 a slot for a further connection is neither waited for nor rung",
    file: "journal/lease.ts",
    find: "if (!wake) return undefined;",
    replace: "void ring;",
    test: "drain/extra-connections.test.ts",
  },
  {
    rule: "T4 nobody is started for a partner that pauses",
    file: "journal/availability.ts",
    find: 'if (health && health.notBefore > now) return "paused";',
    replace: "",
    test: handOut,
  },
  {
    rule: "T5 nobody is started for a partner whose connections are taken",
    file: "journal/availability.ts",
    find: '? "held" : "free"',
    replace: '? "free" : "free"',
    test: handOut,
  },
  {
    rule: "T5c a dead holder's connection isn't taken",
    file: "journal/availability.ts",
    find: "item !== undefined && !isLapsed(options, item)",
    replace: "item !== undefined",
    test: handOut,
  },
];
