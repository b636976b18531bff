import { lookup as systemLookup } from "node:dns/promises";
import { isIP } from "node:net";

/** As `dns.promises.lookup` with `all`: in the order in which they should be tried. */
export type Lookup = (
  host: string,
  options: { readonly all: true; readonly family: 0 | 4 | 6 },
) => Promise<readonly { readonly address: string; readonly family: number }[]>;

/** More of a name's addresses are not tried. */
const maxAddresses = 8;

const notFound = (message: string): Error => Object.assign(new Error(message), { code: "NO_SUCH_FAMILY" });

/**
 * A host's addresses, of one family where that is asked for, as the system orders them; families take turns, so that one
 * that has no way out costs one attempt. Rejects with what the system says, or as `NO_SUCH_FAMILY` where none is of that family.
 */
export const addressesOf = async (
  host: string,
  family: 4 | 6 | undefined,
  lookup: Lookup = systemLookup,
): Promise<readonly string[]> => {
  const literal = isIP(host);
  const option = family === 4 ? "forceIPv4" : "forceIPv6";
  if (literal !== 0) {
    if (family !== undefined && literal !== family)
      throw notFound(`host is an IPv${literal} address, and options has ${option}. Remove one of them`);
    return [host];
  }
  const all = await lookup(host, { all: true, family: family ?? 0 }).catch((error: unknown) => {
    const { code } = error as { code?: unknown };
    if (family !== undefined && (code === "ENODATA" || code === "EAI_ADDRFAMILY"))
      throw notFound(`the host name has no IPv${family} address, which ${option} asks for. Remove that option`);
    throw error;
  });
  const usable = [...new Map(all.map((one) => [one.address, one])).values()].filter(
    (one) => family === undefined || one.family === family,
  );
  if (usable.length === 0)
    throw notFound(`the host name has no address${family === undefined ? "" : ` of IPv${family}`}`);
  const [first] = usable;
  const same = usable.filter((one) => one.family === first?.family);
  const other = usable.filter((one) => one.family !== first?.family);
  return same
    .flatMap((one, at) => [one, ...other.slice(at, at + 1)])
    .concat(other.slice(same.length))
    .map(({ address }) => address)
    .slice(0, maxAddresses);
};
