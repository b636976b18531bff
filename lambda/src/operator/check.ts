/** Tries each thing that a stream needs, and says of each whether it works, how long it took, and what to do if it doesn't. */
import type { Direction, StreamConfig } from "../config/types.ts";
import { openPartOf, whyClosed } from "../drain/windows.ts";
import type { Invocation } from "../invocation.ts";
import { clearHealth } from "../journal/partner-health.ts";
import type { ConnectStep } from "../sftp/ssh/connect-error.ts";
import { checkObjects } from "./check-objects.ts";
import { checkPartnerSide } from "./check-partner.ts";
import { createSteps, type Step, type Steps } from "./check-steps.ts";
import { partnerFor, streamsAsked } from "./select.ts";
import { type TraitShown, traitsShown } from "./traits.ts";
import { withPartner } from "./with-partner.ts";

export interface CheckRequest {
  readonly stream?: string | undefined;
  readonly next?: string | undefined;
}

export interface StreamCheck {
  readonly stream: string;
  readonly partner: string;
  readonly passed: boolean;
  readonly steps: readonly Step[];
  /** What is known of the partner's server, by the user or from what was seen. */
  readonly server: readonly TraitShown[];
}

export interface CheckAnswer {
  readonly passed: boolean;
  readonly streams: readonly StreamCheck[];
  readonly next?: string;
}

/** What a phase of the connection attempt does, in the reader's words; each begins where the one before it has worked. */
const stepOfPhase: Record<ConnectStep, string> = {
  via: "proxy or jump host",
  connecting: "connection",
  greeting: "greeting of the server",
  handshake: "host key",
  "log-in": "log-in",
  session: "SFTP session",
};

/** Those of a stream, in order: only some go through something. */
const phasesOf = ({ sftp }: StreamConfig): readonly string[] =>
  Object.values(stepOfPhase).filter((step) => sftp.via !== undefined || step !== stepOfPhase.via);

const sides: readonly Direction[] = ["push", "pull"];

/** The stream with those sides alone that may connect now; what may not, the steps tell. */
const openSides = ({ deps }: Invocation, stream: StreamConfig, steps: Steps): StreamConfig => {
  const now = deps.clock.wall();
  for (const side of sides) {
    const why = whyClosed(stream, side, now);
    if (why !== undefined) steps.note(`${side}: windows`, `${why}. Ask again then`);
  }
  return openPartOf(stream, now);
};

const checkPartner = async (invocation: Invocation, stream: StreamConfig, steps: Steps): Promise<void> => {
  const { deps } = invocation;
  const partner = partnerFor(deps.config, stream);
  const { host, via, allowedAddresses } = stream.sftp;
  // Behind a hop the partner's name is the hop's to look up, unless its addresses have to be known.
  for (const name of [...(via ? [via.host] : []), ...(via && !allowedAddresses ? [] : [host])])
    await steps.run(name === host ? "name resolution" : "name resolution of the proxy or jump host", async () => {
      const addresses = await invocation.resolve(name);
      return `${name} is ${addresses.join(", ")}`;
    });
  steps.begin("free connection");
  let started = false;
  try {
    await withPartner(
      {
        ...invocation,
        deps: {
          ...deps,
          // With this stream's own credentials: drains use those of the partner's first stream.
          connect: (one, signal, reached, traits) => {
            started = true;
            steps.pass();
            steps.begin("secrets");
            return deps.connect({ ...one, first: stream, sftp: stream.sftp }, signal, reached, traits);
          },
        },
      },
      partner,
      async (remote, session) => {
        steps.pass();
        await clearHealth(deps.table, partner.id);
        await checkPartnerSide(invocation, stream, remote, steps);
        const lost = session.lostConnection();
        if (lost) throw lost;
        for (const { words } of remote.newHostKeys?.() ?? []) await steps.run("further host key", async () => words);
      },
      (phase, seen) => {
        steps.pass(seen);
        // Once more from the start: the server showed a host key of another type than the pinned one.
        if (phase === (via === undefined ? "connecting" : "via")) steps.again(phasesOf(stream));
        steps.begin(stepOfPhase[phase]);
      },
    );
  } catch (error) {
    steps.fail(error);
    steps.skip([...(started ? [] : ["free connection"]), "secrets", ...phasesOf(stream)]);
  }
};

export const check = async (invocation: Invocation, request: CheckRequest): Promise<CheckAnswer> => {
  const { deps, deadline } = invocation;
  const asked = streamsAsked(deps.config, request.stream).filter(({ name }) => name > (request.next ?? ""));
  const streams: StreamCheck[] = [];
  for (const stream of asked) {
    if (deadline.isClosing()) break;
    const steps = createSteps(deps.clock);
    const open = openSides(invocation, stream, steps);
    if (open.push || open.pull) await checkPartner(invocation, open, steps);
    await checkObjects(invocation, stream, steps);
    const done = steps.all();
    streams.push({
      stream: stream.name,
      partner: partnerFor(deps.config, stream).id,
      passed: done.every(({ verdict }) => verdict === "ok"),
      steps: done,
      server: await traitsShown(invocation, stream),
    });
  }
  const next = streams.length < asked.length ? streams.at(-1)?.stream : undefined;
  return { passed: streams.every(({ passed }) => passed), streams, ...(next === undefined ? {} : { next }) };
};
