import { isIPv6 } from "node:net";

/**
 * A host in the one spelling that stands for it: names in lower case and without the dot at their end, IPv6 without brackets and
 * as short as it goes (RFC 5952). The plan writes it so (modules/config/stream/host.tf); configurations of earlier versions don't.
 */
export const canonicalHost = (host: string): string => {
  const bare = (/^\[(.*)\]$/.exec(host)?.[1] ?? host).toLowerCase();
  const [address = "", zone] = bare.split("%");
  // Node makes its expression for them when it is first asked, which takes milliseconds.
  if (!address.includes(":") || !isIPv6(address)) return bare.replace(/\.$/, "");
  const short = new URL(`http://[${address}]`).hostname.slice(1, -1);
  return zone === undefined ? short : `${short}%${zone}`;
};
