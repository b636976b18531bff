/** Names of streams: the original took any, the module those that the name of a rule can hold. */

const legal = /^[A-Za-z0-9_-]{1,64}$/;

/** By the original's name, the name here: the same wherever it can be. */
export const nameStreams = (names: readonly string[]): ReadonlyMap<string, string> => {
  const kept = names.filter((name) => legal.test(name));
  const taken = new Set(kept);
  const given = new Map(kept.map((name) => [name, name]));
  for (const name of names) {
    if (given.has(name)) continue;
    const base =
      name
        .normalize("NFKD")
        .replace(/[^A-Za-z0-9_-]+/g, "-")
        .replace(/^-+|-+$/g, "")
        .slice(0, 60) || "stream";
    let candidate = base;
    for (let turn = 2; taken.has(candidate); turn++) candidate = `${base}-${turn}`;
    taken.add(candidate);
    given.set(name, candidate);
  }
  return given;
};
