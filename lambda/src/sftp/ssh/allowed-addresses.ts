import { rangesOf } from "../../config/ranges.ts";
import type { Log } from "../../telemetry/types.ts";
import { RemoteError } from "../errors.ts";

/**
 * Those of a host's addresses that may be connected to (`allowed_addresses`); the others are named in a warning. Throws a
 * `RemoteError` where none may.
 */
export const onlyAllowed = (
  partner: string,
  addresses: readonly string[],
  ranges: readonly string[],
  log?: Log,
): readonly string[] => {
  const allowed = rangesOf(ranges);
  const isAllowed = (address: string) => allowed.has(address);
  const outside = addresses.filter((address) => !isAllowed(address));
  if (outside.length === 0) return addresses;
  const said = `the host has ${outside.length === 1 ? "an address" : "addresses"} outside of allowed_addresses (${ranges.join(", ")}): ${outside.join(", ")}`;
  const remedy =
    "Ask the partner, by another way, whether it is theirs: if so, add it to allowed_addresses; if not, somebody answers for their name";
  if (outside.length === addresses.length)
    throw new RemoteError("unreachable", `${partner}: not connected: ${said}. ${remedy}.`);
  log?.warn(`${partner}: ${said}. It isn't connected to. ${remedy}`, { outside });
  return addresses.filter(isAllowed);
};
