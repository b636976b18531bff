import { type Partner, partnersOf } from "../config/partners.ts";
import type { DrainDeps } from "../drain/deps.ts";
import { openSidesOf } from "../drain/windows.ts";
import { drainAll, type Invocation } from "../invocation.ts";
import { openStreamOf } from "../journal/entry.ts";
import { requestedPolls } from "../journal/polls.ts";

const hasWork = async ({ table, clock }: DrainDeps, partner: Partner): Promise<boolean> => {
  const open = openSidesOf(partner, clock.wall());
  if (open === undefined) return false;
  if ((await requestedPolls(table, partner.id)).length > 0) return true;
  for (const { name, push, pull } of open.partner.streams) {
    for (const direction of [...(push ? (["push"] as const) : []), ...(pull ? (["pull"] as const) : [])])
      if ((await table.dueSince(openStreamOf(direction, name), clock.wall())) !== undefined) return true;
  }
  return false;
};

/**
 * Drains the partners that a tick has handed out, and hands none further. One that has nothing due any more isn't
 * connected to: where all concurrency is taken this invocation may come minutes late, when others have done its work.
 */
export const drainPartners = async (invocation: Invocation, ids: readonly string[]): Promise<void> => {
  const { deps } = invocation;
  const partners = partnersOf(deps.config);
  const known = [...new Set(ids)].flatMap((id) => partners.get(id) ?? []);
  const unknown = ids.filter((id) => !partners.has(id));
  if (unknown.length > 0)
    deps.telemetry.log.warn("Partners were to be drained that are no longer configured; they are left alone", {
      partners: unknown,
    });
  const due = await Promise.all(known.map(async (partner) => ((await hasWork(deps, partner)) ? [partner.id] : [])));
  await drainAll(invocation, due.flat());
};
