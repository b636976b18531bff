import { RemoteError } from "../../errors.ts";

/** So long nobody else asks a proxy or jump host that couldn't be reached: all its partners would wait for it, one by one. Milliseconds. */
const pauseMs = 20_000;
/** More than any bridge has; an older one is forgotten. */
const maxHops = 1_000;

interface Dead {
  readonly since: number;
  readonly error: RemoteError;
}

/** By what messages call them, and so by user, host and port; for all partners of this process. */
const dead = new Map<string, Dead>();

/** Notes that a hop couldn't be reached. What isn't an answer about it, such as a run that was told to stop, isn't noted. */
export const noteDead = (label: string, error: unknown, now = performance.now()): void => {
  if (!(error instanceof RemoteError) || !["unreachable", "connect-timeout"].includes(error.kind)) return;
  dead.delete(label);
  dead.set(label, { since: now, error });
  const [oldest] = dead.keys();
  if (dead.size > maxHops && oldest !== undefined) dead.delete(oldest);
};

/** Throws a `RemoteError` for a hop that couldn't be reached a moment ago, without asking it. */
export const refuseDead = (partner: string, label: string, now = performance.now()): void => {
  const known = dead.get(label);
  if (known === undefined || now - known.since >= pauseMs) return;
  const seconds = Math.round((now - known.since) / 1000);
  throw new RemoteError(
    known.error.kind,
    `${partner}: ${label}: not connected: it couldn't be reached ${seconds} s ago, and is asked again ${pauseMs / 1000} s after that at the earliest. ${known.error.message}`,
    { cause: known.error },
  );
};
