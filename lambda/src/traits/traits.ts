import {
  type Ability,
  abilities,
  type GivenTraits,
  isAbility,
  isLimit,
  type LimitName,
  limits,
  type TraitName,
} from "../config/server-traits.ts";
import type { Log } from "../telemetry/types.ts";

/** One thing that was learned of a server. */
export interface Learned {
  /** Whether it works, or how many it bears. */
  readonly value: boolean | number;
  /** When it was seen. Milliseconds since the epoch. */
  readonly at: number;
  /** What was seen, for `check` and `status`. */
  readonly why: string;
}

export type LearnedTraits = { readonly [N in TraitName]?: Learned };

/** What is known of one partner's server: what the user says, what was seen in the last days, and what is seen now. */
export interface Traits {
  /** Does it work there? Undefined: nobody knows, so it may be tried. */
  can(ability: Ability): boolean | undefined;
  /** Does the user say that it works? */
  isGiven(ability: Ability): boolean;
  /** How many it bears; undefined where no limit is known. */
  limit(name: LimitName): number | undefined;
  /** Notes what was seen. What the user says stands, and so does what is known already. */
  learn(ability: Ability, value: boolean, why: string): void;
  /** Notes that more than `to` were refused, unless as few are known already. */
  lower(name: LimitName, to: number, why: string): void;
  /**
   * Notes a sign that `seen` were too many. Once is chance, and costs nothing: as many are borne as before. From then on each is
   * believed, and a quarter is left, though not fewer than `least`.
   */
  suspect(name: LimitName, seen: number, least: number, why: string): void;
  /** Forgets that a limit was seen: it turned out to be something else. */
  lift(name: LimitName): void;
  /** All that was learned and is still believed. */
  readonly learned: LearnedTraits;
  /** What was learned here, and not read from the journal. */
  readonly fresh: LearnedTraits;
  /** Calls this whenever something was learned. */
  onChange(listener: () => void): void;
}

const hour = 3_600_000;
/** How long it is believed: a server may be replaced by another one. Milliseconds. */
export const traitsKeptFor = 7 * 24 * hour;
/** A limit is raised by a quarter this often, so that one that was lowered by chance comes back. Milliseconds. */
const raisedEvery = 6 * hour;

/** Is it still believed? A time that is far ahead is no time of ours. */
export const isKept = ({ at }: Learned, now: number): boolean => now - at < traitsKeptFor && at - now < hour;

/** A limit as it is by now. */
const raised = ({ value, at }: Learned, now: number): number => {
  const steps = Math.max(0, Math.floor((now - at) / raisedEvery));
  const base = Number(value);
  return base + steps * Math.max(1, Math.floor(base / 4));
};

/**
 * The traits of one partner's server. `given` is the stream's `sftp.server`, `learned` what the journal holds, `now` in
 * milliseconds since the epoch.
 */
export const createTraits = (
  options: {
    readonly given?: GivenTraits | undefined;
    readonly learned?: LearnedTraits | undefined;
    readonly now?: () => number;
    readonly log?: Log | undefined;
  } = {},
): Traits => {
  const { given = {}, now = Date.now, log } = options;
  const known = new Map<TraitName, Learned>();
  const fresh = new Map<TraitName, Learned>();
  const listeners: (() => void)[] = [];
  for (const [name, one] of Object.entries(options.learned ?? {}))
    if ((isAbility(name) || isLimit(name)) && one !== undefined) known.set(name, one);

  const seen = (name: TraitName): Learned | undefined => {
    const one = known.get(name);
    return one !== undefined && isKept(one, now()) ? one : undefined;
  };
  const note = (name: TraitName, value: boolean | number, why: string) => {
    const one = { value, at: now(), why };
    known.set(name, one);
    fresh.set(name, one);
    for (const listener of listeners) listener();
  };
  const limit = (name: LimitName): number | undefined => {
    const one = seen(name);
    return given[name] ?? (one && raised(one, now()));
  };

  const lower: Traits["lower"] = (name, to, why) => {
    const least = Math.max(1, Math.floor(to));
    const current = limit(name);
    if (given[name] !== undefined || (current !== undefined && current <= least)) return;
    note(name, least, why);
    log?.warn(`Learned of the server, and raised again slowly: it bears ${least} at one time of the ${limits[name]}`, {
      trait: name,
      value: least,
      reason: why,
    });
  };

  return {
    can: (ability) => given[ability] ?? (seen(ability)?.value as boolean | undefined),
    isGiven: (ability) => given[ability] === true,
    limit,
    learn(ability, value, why) {
      if (given[ability] !== undefined || seen(ability)?.value === value) return;
      note(ability, value, why);
      const days = traitsKeptFor / (24 * hour);
      const what = value ? abilities[ability] : `not with this server: ${abilities[ability]}`;
      log?.info(`Learned of the server, for ${days} days: ${what}`, { trait: ability, value, reason: why });
    },
    lower,
    suspect(name, seen, least, why) {
      const current = limit(name) ?? Number.POSITIVE_INFINITY;
      // A few less than are known already are no other sign.
      lower(name, current > 2 * seen ? seen : Math.max(least, Math.floor(current / 4)), why);
    },
    lift(name) {
      known.delete(name);
      fresh.delete(name);
    },
    get learned() {
      return Object.fromEntries([...known].filter(([, one]) => isKept(one, now())));
    },
    get fresh() {
      return Object.fromEntries(fresh);
    },
    onChange(listener) {
      listeners.push(listener);
    },
  };
};
