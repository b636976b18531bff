/** Where a fake's effects can be made to fail: before they happen, or after, with their answer lost. */
export class Crash extends Error {
  override readonly name = "Crash";
}

/** Lets a run end by its crash; whatever else it throws is thrown. */
export const untilCrash = async (run: () => Promise<unknown>): Promise<void> => {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  }
};

/** Runs one effect on the outside world. */
export type Effects = <T>(name: string, effect: () => T | Promise<T>) => Promise<T>;

export const noFaults: Effects = async (_name, effect) => effect();

/** Dies at the n-th effect (from 0), before or after it; every later effect of this actor dies too, as of a dead process. */
export const crashAt = (
  n: number,
  when: "before" | "after",
): Effects & { readonly count: () => number; readonly log: string[] } => {
  let count = 0;
  const log: string[] = [];
  // One for all effects of a dead process: what an error's stack costs is more than the effects do.
  let crash: Crash | undefined;
  const die = (name: string): never => {
    crash ??= new Crash(`${when} ${name}`);
    throw crash;
  };
  const effects = async <T>(name: string, effect: () => T | Promise<T>): Promise<T> => {
    const mine = count++;
    if (mine <= n) log.push(name);
    if (mine > n || (mine === n && when === "before")) die(name);
    const result = await effect();
    if (mine === n) die(name);
    return result;
  };
  return Object.assign(effects, { count: () => count, log });
};

/** Effects that leave the outside world as it was (drain/crash.test.ts holds them to that). */
export const looks: ReadonlySet<string> = new Set([
  ...["get", "getMany", "query", "queryOpen", "scanDueEvents", "scanOpen"].map((name) => `table.${name}`),
  ...["get", "head", "list", "listUploads"].map((name) => `objects.${name}`),
  ...["stat", "lstat", "restat", "list", "openRead", "read"].map((name) => `remote.${name}`),
]);

export type Dying = Effects & {
  /** The changes that it has made. */
  readonly changes: readonly string[];
  /** Of a whole run, looks as well. */
  readonly count: () => number;
  readonly isDead: () => boolean;
  /** For messages. */
  readonly where: () => string;
};

/** Dies when it would make its n-th change (from 0) of the outside world; every later effect of this actor dies too. */
export const dieAt = (n: number): Dying => {
  const changes: string[] = [];
  let count = 0;
  // One for all effects of a dead process: what an error's stack costs is more than the effects do.
  let crash: Crash | undefined;
  const effects = async <T>(name: string, effect: () => T | Promise<T>): Promise<T> => {
    count++;
    if (!looks.has(name) && !crash) {
      if (changes.length === n) crash = new Crash(`before ${name}`);
      else changes.push(name);
    }
    if (crash) throw crash;
    return effect();
  };
  const where = () => `dead behind ${changes.length} changes, the last was ${changes.at(-1)}: ${crash?.message}`;
  return Object.assign(effects, { changes, count: () => count, isDead: () => crash !== undefined, where });
};

/**
 * Every death of a run that makes a difference: before its first change of the outside world, before the second, and so on, until a
 * run goes through. Whoever dies somewhere between two changes leaves the same world: what it knew dies with it.
 * Fails if a whole run has less than `effects` effects, since then it isn't the run that was meant.
 */
export function* deaths(effects = 10): Generator<Dying, void> {
  for (let n = 0; ; n++) {
    const dying = dieAt(n);
    yield dying;
    if (dying.isDead()) continue;
    if (dying.count() < effects) throw new Error(`A whole run has ${dying.count()} effects only.`);
    return;
  }
}

/** Lets time run out at the n-th effect (from 0): `remaining` is then less than a transfer needs, and enough to save it. */
export const stopAt = (n: number): Effects & { readonly count: () => number; readonly remaining: () => number } => {
  let count = 0;
  const effects = async <T>(_name: string, effect: () => T | Promise<T>): Promise<T> => {
    count++;
    return effect();
  };
  return Object.assign(effects, { count: () => count, remaining: () => (count > n ? 10_000 : 900_000) });
};
