/**
 * Works through what is due at one partner, while holding one of its leases: polls that were asked for, then files, many in
 * flight over one connection. Whoever finds the lease taken adds a wake-up and leaves.
 */

import type { Partner } from "../config/partners.ts";
import { noteAnnounced } from "../journal/announced-keys.ts";
import type { Entry } from "../journal/entry.ts";
import { acquireLease, type Lease, LeaseLost } from "../journal/lease.ts";
import {
  clearHealth,
  type PartnerHealth,
  partnerAnswers,
  recordDeath,
  recordPartnerFailure,
} from "../journal/partner-health.ts";
import { readHealthAndTraits } from "../journal/traits.ts";
import { endedUnanswered, RemoteError } from "../sftp/errors.ts";
import { spreadRoundTripMs } from "../sftp/limits.ts";
import type { Remote } from "../sftp/remote.ts";
import { type Deadline, endingWith } from "./deadline.ts";
import type { DrainDeps } from "./deps.ts";
import { holdExtraConnections } from "./extra-connections.ts";
import { giveUpOverdue } from "./give-up.ts";
import type { HealthAhead } from "./health-ahead.ts";
import { lookAt } from "./look.ts";
import { createNotes } from "./notes.ts";
import { holdTraits, type PartnerTraits } from "./partner-traits.ts";
import { noteWhyTheyWait } from "./record-failure.ts";
import { holdSession } from "./session.ts";
import { openSidesOf } from "./windows.ts";

export type DrainResult =
  | { readonly result: "drained"; readonly files: number }
  /** Another run holds the partner's connections; it has been told. */
  | { readonly result: "held" }
  /** The partner refused lately and isn't asked again yet. */
  | { readonly result: "paused"; readonly until: number }
  /** None of its sides is within its windows. */
  | { readonly result: "closed" }
  /** A process died while it worked for this partner: it has to be alone in the next one. */
  | { readonly result: "suspect" }
  | { readonly result: "unreachable" };

interface DrainOptions {
  readonly hints: readonly Entry[];
  readonly deadline: Deadline;
  /** What was read of partners already. */
  readonly health?: HealthAhead | undefined;
  /** The process does other work as well, which would die with it. */
  readonly shared?: boolean;
}

/**
 * Drains one partner: the sides that are within their windows, until one of them opens or closes. Throws what the journal throws:
 * without it nothing may be moved.
 */
export const drain = async (deps: DrainDeps, partner: Partner, options: DrainOptions): Promise<DrainResult> => {
  const { clock } = deps;
  const open = openSidesOf(partner, clock.wall());
  if (open === undefined) return { result: "closed" };
  const { changesAt } = open;
  return drainOpen(deps, open.partner, {
    ...options,
    hints: options.hints.filter(open.isOpen),
    ...(changesAt !== undefined && { deadline: endingWith(options.deadline, () => changesAt - clock.wall()) }),
  });
};

const drainOpen = async (deps: DrainDeps, partner: Partner, options: DrainOptions): Promise<DrainResult> => {
  const { table, clock } = deps;
  if (options.deadline.isClosing()) return { result: "drained", files: 0 }; // what is left is the next tick's
  const ahead = options.health?.take(partner.id);
  const { health, learned } = await (ahead ?? readHealthAndTraits(table, partner.id, clock.wall()));
  const held = holdTraits(deps, partner, learned);
  const why = { journal: deps.journal, now: clock.wall };
  if (health && health.notBefore > clock.wall()) {
    await noteWhyTheyWait(options.hints, new RemoteError("unreachable", health.lastError), why);
    return { result: "paused", until: health.notBefore };
  }

  if (options.shared && health !== undefined && health.deaths > 0) return { result: "suspect" };
  const lease = await acquireLease(deps, partner.id, partner.maxConnections);
  if (!lease) return { result: "held" };
  const died = lease.tookOver ? await noteDeath(deps, partner) : undefined;
  if (died !== undefined && (options.shared || died.notBefore > clock.wall())) {
    await lease.abandon();
    return options.shared ? { result: "suspect" } : { result: "paused", until: died.notBefore };
  }
  const known = died ?? health;
  let { hints } = options;
  let files = 0;
  let vain = 0;
  let isHeld = true;
  try {
    for (;;) {
      const turn = await connectAndWork(deps, partner, lease, held, known, {
        ...options,
        hints,
        goesOn: vain < maxVain,
      });
      if (turn.result !== "drained") {
        await noteWhyTheyWait(hints, turn.error, why);
        return { result: "unreachable" };
      }
      files += turn.files;
      vain = turn.files > 0 ? 0 : vain + 1;
      if (turn.again) {
        hints = [];
        continue;
      }
      // This process has come to an end of it.
      if (known !== undefined && known.deaths > 0) await clearHealth(table, partner.id);
      // The connection is closed: from here on the lease may go to somebody else, unless a wake-up came just now.
      if (turn.stopped) return { result: "drained", files };
      isHeld = !(await lease.release(turn.answered));
      if (!isHeld) return { result: "drained", files };
      hints = [];
    }
  } finally {
    if (isHeld) await lease.abandon();
  }
};

/** Milliseconds of round trip up to which half as many files are enough. One that a busy machine took too long to see only means more of them. */
const nearRoundTripMs = 50;
/** Connections one after the other that end without an answer to one request, before any file was delivered over them. */
const maxVain = 3;

type Turn =
  | {
      readonly result: "drained";
      readonly files: number;
      readonly answered: number;
      readonly stopped: boolean;
      /** The connection ended, and it was learned how that is to be borne: the rest goes over others, at once. */
      readonly again: boolean;
    }
  | { readonly result: "unreachable"; readonly error: unknown };

const connectAndWork = async (
  deps: DrainDeps,
  partner: Partner,
  lease: Lease,
  { traits, saved }: PartnerTraits,
  health: PartnerHealth | undefined,
  {
    hints,
    deadline,
    goesOn,
  }: {
    readonly hints: readonly Entry[];
    readonly deadline: Deadline;
    /** May it go on over another connection, where one request had no answer? */
    readonly goesOn: boolean;
  },
): Promise<Turn> => {
  const connect: DrainDeps["connect"] = (one, signal, reached) => deps.connect(one, signal, reached, traits);
  const session = holdSession(lease, deadline, deps);
  /** Until TCP was connected: at least a round trip, and more where a machine was busy. Milliseconds. */
  let roundTrip = 0;
  let connected: Remote | undefined;
  const quickest = () => connected?.roundTripMs && Math.min(connected.roundTripMs, roundTrip);
  const extra = holdExtraConnections({ ...deps, connect }, partner, deadline, quickest);
  const notes = createNotes();
  // The lease is held: who asks for a poll from now on leaves a wake-up behind it.
  const first = lookAt({ deps, partner, lease, extra });
  const open = async () => {
    const known = bytesOf(hints, partner);
    const remote = await session.open((signal) => {
      let began = deps.clock.steady();
      // As soon as it is logged in, and not before: a partner that refuses is asked once.
      return connect(partner, signal, (phase) => {
        if (phase === "connecting") began = deps.clock.steady();
        if (phase === "greeting") roundTrip = deps.clock.steady() - began;
        if (phase === "session" && roundTrip >= spreadRoundTripMs) extra.recruit(known, () => {});
      });
    });
    connected = remote;
    return { remote, far: roundTrip >= spreadRoundTripMs, near: roundTrip < nearRoundTripMs };
  };
  const turn = async (): Promise<Turn> => {
    const knewEnds = traits.can("goes_on_after_close") === false;
    const opening = open();
    // What moves files is read while the connection is made. Whoever finds the lease taken does without it.
    const loop = import("./loop.ts");
    loop.catch(() => {});
    const { remote, far, near } = await opening;
    const { work } = await loop;
    if (partner.maxConnections > 1) remote.reinforce?.(extra.recruit);
    const change = { partner: partner.id, now: deps.clock.wall(), nonce: deps.nonce };
    if (health !== undefined) await partnerAnswers(deps.table, health, change);
    // Files that are under way on a further connection are still under this one's lease.
    session.signal.addEventListener("abort", () => {
      const { reason } = session.signal;
      if (reason instanceof LeaseLost) extra.cut(reason);
    });
    const { files, begun, answered } = await work({
      deps,
      partner,
      lease,
      remote,
      traits,
      session,
      extra,
      far,
      near,
      deadline,
      hints,
      first,
      notes,
    });
    await tellHostKeys(deps, partner, remote);
    const lost = session.lostConnection();
    const isUnanswered = endedUnanswered(lost);
    // A server may end it behind so many files, and those that it takes together end together, each time.
    if (lost && !isUnanswered && files === 0 && begun > 1)
      traits.suspect("open_files", begun, 1, `the connection ended before any of ${begun} files was delivered`);
    const knowsEnds = !knewEnds && traits.can("goes_on_after_close") === false;
    // Who waits for the answer is left for a while, and the others don't wait with it.
    const again = lost !== undefined && (knowsEnds || (isUnanswered && goesOn)) && !deadline.isClosing();
    if (lost && !again) await partnerFailed(deps, partner, lost);
    return { result: "drained", files, answered, stopped: session.signal.aborted || deadline.isClosing(), again };
  };
  try {
    return await session.run(turn);
  } catch (error) {
    if (!isPartnerFault(error)) throw error;
    await partnerFailed(deps, partner, error);
    return { result: "unreachable", error };
  } finally {
    await Promise.all([extra.dismiss(), session.end(), notes.all(), saved()]);
    // What was learned of its end.
    await saved();
  }
};

/** The one before this has never given its lease up. Says so: once may be a machine's doing, again is this partner's. */
const noteDeath = async (deps: DrainDeps, partner: Partner): Promise<PartnerHealth> => {
  const { table, telemetry, clock, nonce } = deps;
  const health = await recordDeath(table, { partner: partner.id, now: clock.wall(), nonce });
  const { deaths, notBefore } = health;
  const fields = { partner: partner.id, deaths };
  if (deaths === 1) {
    telemetry.log.warn("A process ended while it worked for this partner; the next one works for it alone", fields);
    return health;
  }
  const seconds = Math.round((notBefore - clock.wall()) / 1000);
  const error = new Error(
    `${partner.id}: ${deaths} processes in a row ended while they worked for this partner alone: out of memory, or killed. See the report lines of those runs, raise memory_size, or take the partner's streams out until its server is looked at`,
  );
  for (const { name } of partner.streams)
    telemetry.recordFailure(
      `The process ends again and again while it works for this partner; it is tried again ${seconds > 0 ? `in ${seconds} s` : "now"}`,
      { stream: name, ...fields, error },
    );
  return health;
};

/** Notes host keys that the server has announced meanwhile, for an event. That it can't be noted stops nothing: they are announced again. */
const tellHostKeys = async (
  { table, telemetry, clock, nonce, tellsHostKeys = false }: DrainDeps,
  { id, first }: Partner,
  remote: Remote,
): Promise<void> => {
  if (!tellsHostKeys) return;
  const hostKeys = remote.newHostKeys?.() ?? [];
  try {
    await noteAnnounced({ table, partner: id, stream: first.name, hostKeys, now: clock.wall(), nonce });
  } catch (error) {
    const fields = { stream: first.name, partner: id, error };
    telemetry.log.warn(
      "A host key that the server announces couldn't be noted; it is with the next connection",
      fields,
    );
  }
};

/** Bytes of the files that are known to be due and may move over further connections. */
const bytesOf = (hints: readonly Entry[], { streams }: Partner): number => {
  const mayNot = new Set(streams.filter(({ push }) => push?.upload === "direct").map(({ name }) => name));
  return hints.reduce((sum, { stream, source }) => sum + (mayNot.has(stream) ? 0 : (source.size ?? 0)), 0);
};

/** Errors of the connection or of the credentials: the partner, not a file. */
const isPartnerFault = (error: unknown): boolean =>
  error instanceof RemoteError || (error instanceof Error && error.name === "SecretError");

const partnerFailed = async (deps: DrainDeps, partner: Partner, error: unknown): Promise<void> => {
  const { table, telemetry, clock, nonce, random } = deps;
  const message = (error instanceof Error ? error.message : String(error)).slice(0, 1_000);
  const busy = error instanceof RemoteError && error.kind === "busy";
  const { failures, notBefore } = await recordPartnerFailure(table, {
    partner: partner.id,
    message,
    busy,
    now: clock.wall(),
    nonce,
    random,
  });
  const seconds = Math.max(1, Math.round((notBefore - clock.wall()) / 1000));
  for (const stream of partner.streams) {
    const fields = { stream: stream.name, partner: partner.id, failures, error };
    if (busy && failures < busyTooOften) {
      telemetry.log.warn(`The partner has too many sessions just now; it is tried again in ${seconds} s`, fields);
    } else {
      telemetry.recordFailure(
        `The partner can't be reached; its files wait, and it is tried again in ${seconds} s`,
        fields,
      );
    }
  }
  await giveUpOverdue(deps, partner, { kind: error instanceof RemoteError ? error.kind : "unknown", message });
};

/** A partner that is busy this often in a row isn't busy with sessions that are about to end. */
const busyTooOften = 10;
