/** The keys in these lines, without what is in front of and behind them. */
const keysIn = (lines: readonly string[]): readonly string[] =>
  lines.flatMap((line) => line.match(/AAAA[A-Za-z0-9+/]{20,}/g) ?? []);

/** Is a key both a server's own and an authority's? */
export const shareKey = (hostKeys: readonly string[], authorities: readonly string[]): boolean => {
  const own = new Set(keysIn(hostKeys));
  return keysIn(authorities).some((key) => own.has(key));
};

export const keyInBoth =
  "has a key that is in host_keys and in host_ca_keys: a server's own key goes into the one, that of who certifies servers into the other";
