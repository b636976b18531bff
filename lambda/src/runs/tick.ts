import { openFor } from "../calendar/windows.ts";
import { drainAll, type Invocation } from "../invocation.ts";
import { readStreamStates } from "../journal/stream-state.ts";
import { oldestLeft } from "../pull/left.ts";
import { sendDueEvents } from "./due-events.ts";
import { handOut } from "./fan-out.ts";
import { findOpen, sideOf } from "./open-entries.ts";
import { reconcileScheduled } from "./scheduled-reconcile.ts";
import { sweepDaily } from "./sweep.ts";
import { recordLeft, recordWatch } from "./watch.ts";

/**
 * Each minute: finds what is due again (retries, transfers that ran out of time, wake-ups that were lost with their holder),
 * publishes backlog and ages, and drains the partners concerned, or starts further invocations that do.
 */
export const tick = async (invocation: Invocation): Promise<void> => {
  const { config, table, clock, telemetry } = invocation.deps;
  const now = clock.wall();
  const facts = await readStreamStates(table);
  const { sides, due, orphans } = await findOpen(invocation.deps, now, facts);
  for (const { name, pull } of config.streams.values()) {
    const since = pull && oldestLeft(facts.of(name, "left"));
    if (since === undefined) continue;
    const side = sideOf(sides, name, "pull", now);
    side.oldest = Math.min(side.oldest, since);
  }
  const { reported } = invocation;
  for (const [key, { stream, direction, oldest, backlog, failed }] of sides) {
    // Outside of its windows a file waits, and grows no older.
    const age = openFor(config.streams.get(stream)?.[direction]?.windows, oldest, now);
    telemetry.recordAges({ stream, direction, oldestSeconds: Math.round(age / 1000), backlog, failed });
    reported.sides.set(key, { stream, direction });
  }
  // Once more for what is no longer open, so that its alarms end now and not when they have missed it for long enough.
  for (const [key, { stream, direction }] of reported.sides) {
    if (sides.has(key)) continue;
    reported.sides.delete(key);
    if (config.streams.has(stream))
      telemetry.recordAges({ stream, direction, oldestSeconds: 0, backlog: 0, failed: 0 });
  }
  if (orphans.size > 0) {
    telemetry.log.warn("The journal holds open entries of streams that are no longer configured; they wait", {
      streams: [...orphans],
    });
  }
  recordLeft(invocation, facts);
  await recordWatch(invocation, facts);
  const certified = [...config.streams.values()].filter(({ sftp }) => sftp.certificate ?? sftp.via?.certificate);
  const encrypting = [...config.streams.values()].filter(({ push, pull }) => push?.pgp ?? pull?.pgp);
  const { reports } = config;
  const own = await handOut(invocation, due);
  await Promise.all([
    drainAll(invocation, own, [], { shared: true }),
    sweepDaily(invocation, facts),
    reconcileScheduled(invocation, facts),
    sendDueEvents(invocation),
    reports && import("./reports.ts").then((file) => file.writeReports(invocation, reports, facts)),
    encrypting.length > 0 && import("./pgp-keys.ts").then((file) => file.recordPgpKeys(invocation, encrypting)),
    certified.length > 0 && import("./certificates.ts").then((file) => file.recordCertificates(invocation, certified)),
  ]);
};
