/** What is sent to a server before it has answered what comes before: what it is known to take, and what it has taken. */
import type { Ability } from "../../config/server-traits.ts";
import type { Traits } from "../../traits/traits.ts";
import { RemoteError } from "../errors.ts";
import { type ConnectStep, saysNotNow } from "./connect-error.ts";
import type { EarlyExchange } from "./hooks/early-exchange.ts";
import { mlKem } from "./hooks/ml-kem.ts";
import type { Negotiated } from "./session.ts";

/** What may be sent ahead. */
export interface Hurry {
  /** The exchange of keys that the server agrees to. */
  readonly exchange: EarlyExchange | undefined;
  /** The log-in, with the request for its service; `software` is what the server says that it is. */
  readonly logIn: (software: string) => boolean;
  /** SFTP's INIT, with the request for its subsystem. */
  readonly session: (software: string) => boolean;
}

/** What of it a connection has sent. */
export interface SentAhead {
  exchange?: EarlyExchange;
  logIn?: boolean;
  session?: boolean;
}

const abilityOf = { [mlKem]: "early_mlkem", "curve25519-sha256": "early_curve25519" } as const;
const exchanges = Object.keys(abilityOf) as readonly EarlyExchange[];

/** Servers that were seen to take a log-in and SFTP's INIT ahead (docs/servers.md), by what they say that they are. */
const takesAhead = (software: string): boolean =>
  /^(OpenSSH_\d|mod_sftp\b|AsyncSSH_\d|APACHE-SSHD-\d|rclone\/)/.test(software);

/**
 * What may be sent ahead to a server with these traits. To one that was logged in to before, all that isn't known to be disliked;
 * at the first time the log-in and the session, to those that are known to take them: a refusal then says what it seems to say.
 */
export const hurryBy = (traits: Traits): Hurry => {
  const exchange = exchanges.find((name) => traits.can(abilityOf[name]) === true);
  const may = (ability: Ability) => (software: string) =>
    traits.can(ability) ?? (exchange !== undefined || takesAhead(software));
  return { exchange, logIn: may("early_log_in"), session: may("early_session") };
};

/** Notes what a connection that came about has shown. */
export const learnFrom = (traits: Traits, sent: SentAhead, negotiated: Negotiated | undefined): void => {
  const unless = (ability: Ability, why: string) => {
    if (traits.can(ability) === undefined) traits.learn(ability, true, why);
  };
  const kex = exchanges.find((name) => name === negotiated?.kex);
  if (kex !== undefined) unless(abilityOf[kex], `it agreed to ${kex}`);
  if (sent.logIn) unless("early_log_in", "it took a log-in behind the request for it");
  if (sent.session) unless("early_session", "it took SFTP's INIT behind the request for its subsystem");
};

/** What of that which was sent ahead may have been disliked, by the step at which it ended. */
const suspectAt = (step: ConnectStep, sent: SentAhead): Ability | undefined => {
  if (step === "greeting" || step === "handshake") return sent.exchange && abilityOf[sent.exchange];
  if (step === "log-in") return sent.logIn ? "early_log_in" : undefined;
  return step === "session" && sent.session ? "early_session" : undefined;
};

export interface HurriedFailure {
  readonly partner: string;
  readonly step: ConnectStep;
  readonly sent: SentAhead;
  readonly error: unknown;
  /** Why it was given up, if it was. */
  readonly aborted: unknown;
  readonly software: string;
}

/** When a partner that ended a connection before its greeting was asked a second time at once. Milliseconds, of any beginning. */
const askedAgain = new Map<string, number>();
/** A server that bans who comes too often ends connections so as well, and must not be asked twice each time. Milliseconds. */
const askAgainAfter = 3_600_000;

const mayAskAgain = (partner: string, now: number): boolean => {
  if (now - (askedAgain.get(partner) ?? Number.NEGATIVE_INFINITY) < askAgainAfter) return false;
  askedAgain.set(partner, now);
  return true;
};

/**
 * Is a connection that failed worth another one at leisure? Returns what is then to be noted once that comes about. Where there can
 * be no second one, what may have been disliked is noted at once: the next connection does without.
 */
export const leisureWith = (
  traits: Traits,
  { partner, step, sent, error, aborted, software }: HurriedFailure,
): (() => void) | undefined => {
  const suspect = suspectAt(step, sent);
  if (suspect === undefined) return undefined;
  const why = error instanceof Error ? error.message : String(error);
  const note = () => traits.learn(suspect, false, why);
  if (aborted !== undefined) {
    // The time for connecting is over, and not the caller's patience. Of a server that has said nothing at all nothing is known.
    if (aborted instanceof RemoteError && step !== "greeting") note();
    return undefined;
  }
  if (!(error instanceof RemoteError) || error.kind === "host-key") return undefined;
  if (saysNotNow(error) || (step === "greeting" && !mayAskAgain(partner, performance.now()))) return undefined;
  if (error.kind !== "authentication") return note;
  // A refusal isn't asked for twice: it counts for lock-outs.
  if (traits.can(suspect) !== true && !takesAhead(software)) note();
  return undefined;
};
