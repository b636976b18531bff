import type { Partner } from "../config/partners.ts";
import type { Direction, StreamConfig } from "../config/types.ts";
import { holdTraits } from "../drain/partner-traits.ts";
import { holdSession, type Session } from "../drain/session.ts";
import { whyClosed } from "../drain/windows.ts";
import type { Invocation } from "../invocation.ts";
import { acquireLease, type Lease, slotsHeldSince } from "../journal/lease.ts";
import { readTraits } from "../journal/traits.ts";
import type { Remote } from "../sftp/remote.ts";
import type { Reached } from "../sftp/ssh/session.ts";
import { ActionError } from "./action-error.ts";

/** How often, and how many times, an operator's action looks whether a connection has become free. Milliseconds. */
const waitEvery = 1_000;
const waits = 8;

const patientLease = async ({ deps }: Invocation, partner: Partner): Promise<Lease> => {
  for (let turn = 0; ; turn++) {
    const lease = await acquireLease(deps, partner.id, partner.maxConnections);
    if (lease) return lease;
    if (turn < waits) {
      await deps.sleep(waitEvery);
      continue;
    }
    const [since] = await slotsHeldSince(deps.table, partner.id);
    const held = since === undefined ? "" : ` since ${new Date(since).toISOString()}`;
    throw new ActionError(
      "busy",
      `${partner.id} is busy${held}: other runs hold all of its ${partner.maxConnections} connection(s) (sftp.max_connections). Nothing was done; ask again in a minute, or raise the limit if the partner allows it.`,
    );
  }
};

/** Throws an ActionError `closed` where the side is outside of its windows. */
export const assertOpen = ({ deps }: Invocation, stream: StreamConfig, direction: Direction): void => {
  const why = whyClosed(stream, direction, deps.clock.wall());
  if (why !== undefined) throw new ActionError("closed", `Nothing was done: ${why}. Ask again then.`);
};

/**
 * Does something at a partner, with a connection of its own that is held by a lease like any other. Waits some seconds for
 * one. Throws an ActionError `busy`, and what connecting throws.
 */
export const withPartner = async <T>(
  invocation: Invocation,
  partner: Partner,
  act: (remote: Remote, session: Session) => Promise<T>,
  reached?: Reached,
): Promise<T> => {
  const { deps, deadline } = invocation;
  const learned = await readTraits(deps.table, partner.id, deps.clock.wall());
  const lease = await patientLease(invocation, partner);
  const session = holdSession(lease, deadline, deps);
  const { traits, saved } = holdTraits(deps, partner, learned);
  try {
    return await session.run(async () =>
      act(await session.open((signal) => deps.connect(partner, signal, reached, traits)), session),
    );
  } finally {
    await session.end();
    await saved();
    await lease.abandon();
  }
};
