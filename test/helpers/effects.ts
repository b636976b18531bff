/** Where a fake's effects can be made to fail: before they happen, or after, with their answer lost. */
export class Crash extends Error {
  override readonly name = "Crash";
}

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

/** Lets time run out at the n-th effect (from 0): `remaining` is then less than a transfer needs, and enough to save it. */
export const stopAt = (n: number): Effects & { readonly count: () => number; readonly remaining: () => number } => {
  let count = 0;
  const effects = async <T>(_name: string, effect: () => T | Promise<T>): Promise<T> => {
    count++;
    return effect();
  };
  return Object.assign(effects, { count: () => count, remaining: () => (count > n ? 10_000 : 900_000) });
};
