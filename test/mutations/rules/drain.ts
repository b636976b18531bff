/** Rules that are kept in lambda/src/drain, transfer and s3. */
import type { Rule } from "./rule.ts";

const weekend = "drain/weekend.test.ts";
const order = "drain/order.test.ts";

export const drainRules: readonly Rule[] = [
  {
    rule: "J3 a failure is written to what failed, not to what has come since",
    file: "drain/record-failure.ts",
    find: " || !isOurs(entry, current, context.holder)",
    replace: "",
    test: "drain/races.test.ts",
  },
  {
    rule: "J4 what another live run works on is left to it",
    file: "drain/due.ts",
    find: '!isForeign(entry) || !live.has(entry.progress?.holder ?? "")',
    replace: "live.size >= 0",
    test: "drain/races.test.ts",
  },
  {
    rule: "S1 a refused object that a listing doesn't show is gone",
    file: "s3/missing.ts",
    find: "if (!hasStatus(error, 403)) return false;",
    replace: "return false;",
    test: "s3/missing.test.ts",
  },
  {
    rule: "S2 a refused object that a listing shows is not gone",
    file: "s3/missing.ts",
    find: "return Contents[0]?.Key !== key;",
    replace: "return true;",
    test: "s3/missing.test.ts",
  },
  {
    rule: "L7 a holder whose lease is too short renews it before it makes anything visible",
    file: "transfer/assert-lease.ts",
    find: "if (lease.remaining() >= margin) return;",
    replace: "return;",
    test: "drain/races.test.ts",
  },
  {
    rule: "L8 a holder whose slot has rung meanwhile looks again before it gives it up",
    file: "drain/drain.ts",
    find: "isHeld = !(await lease.release(turn.answered));",
    replace: 'isHeld = !(await lease.release(turn.answered));\n      return { result: "drained", files };',
    test: "drain/races.test.ts",
  },
  {
    rule: "H1 what rings at a further connection's slot is looked into as well",
    file: "drain/loop.ts",
    find: "const wakeUps = () => lease.wakeUps + extra.wakeUps;",
    replace: "const wakeUps = () => lease.wakeUps + 0 * extra.wakeUps;",
    test: "drain/extra-connections.test.ts",
  },
  {
    rule: "H4 where the drain's own lease is lost, its further connections are cut",
    file: "drain/drain.ts",
    find: "if (reason instanceof LeaseLost) extra.cut(reason);",
    replace: "void reason;",
    test: "drain/extra-connections.test.ts",
  },
  {
    rule: "H5 what is written under its final name stays on the drain's own connection",
    file: "drain/balance.ts",
    find: '!(direction === "push" && direct.has(stream))',
    replace: "direct.size >= 0",
    test: "drain/balance.test.ts",
  },
  {
    rule: "G9 a poll that time ends goes on where it stopped",
    file: "drain/polls.ts",
    find: "after: request.after,",
    replace: "after: undefined,",
    test: "pull/large.test.ts",
  },
  {
    rule: "R1 a partner that refuses everyone is asked once a turn",
    file: "drain/drain.ts",
    find: "health && health.notBefore > clock.wall()",
    replace: "health && health.notBefore > Number.POSITIVE_INFINITY",
    test: weekend,
  },
  {
    rule: "R2 a file that ends every connection is set aside",
    file: "drain/record-failure.ts",
    find: "const counted = blameless ? attempts - innocent : attempts;",
    replace: "const counted = blameless ? 0 : attempts;",
    test: weekend,
  },
  {
    rule: "R3 what is overdue at a partner that is away is given up, and stays",
    file: "drain/give-up.ts",
    find: "if (!stream.push) continue;",
    replace: "if (stream) continue;",
    test: weekend,
  },
  {
    rule: "O1 with strict_order a file begins once the one before it has ended",
    file: "drain/strict.ts",
    find: "await (await inFlight.add(mine)).done;\n  const after = await source.journal.read(key);\n  if (",
    replace: "await inFlight.add(mine);\n  const after = await source.journal.read(key);\n  if (after !== null || ",
    test: order,
  },
  {
    rule: "O2 … also behind one that was given up",
    file: "drain/strict.ts",
    find: ", journal.failed(direction, stream.name)]",
    replace: "]",
    test: order,
  },
  {
    rule: "O3 … or that another run is moving",
    file: "drain/strict.ts",
    find: "if (!mine) return held(Number.POSITIVE_INFINITY);",
    replace: 'if (!mine) return "ended";',
    test: "drain/model.test.ts",
  },
  {
    rule: "O4 what waits for another file costs no connection",
    file: "runs/open-entries.ts",
    find: "if (isStrict) noteFirst(found, stream, direction, item);\n  else if (isDue",
    replace: "if (isDue",
    test: order,
  },
  {
    rule: "O5 markers of the partner hold nobody",
    file: "drain/strict.ts",
    find: "const isMarker = entry.marker_of !== undefined;",
    replace: "const isMarker = false;",
    test: order,
  },
];
