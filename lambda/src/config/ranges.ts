import { BlockList, isIP } from "node:net";

/** Addresses as a set: `192.0.2.0/24`, `2001:db8::/32`. Throws a RangeError for what isn't a range. */
export const rangesOf = (ranges: readonly string[]): { has(address: string): boolean } => {
  const list = new BlockList();
  for (const range of ranges) {
    const [net = "", bits = "", ...more] = range.split("/");
    const family = isIP(net);
    if (family === 0 || !/^\d+$/.test(bits) || more.length > 0) throw new RangeError(`${range} isn't a range`);
    list.addSubnet(net, Number(bits), family === 6 ? "ipv6" : "ipv4");
  }
  return {
    // An IPv4 address that is written as IPv6 counts as what it is; a zone doesn't belong to the address.
    has: (address) => {
      const [bare = ""] = address.split("%");
      return list.check(bare, isIP(bare) === 6 ? "ipv6" : "ipv4");
    },
  };
};
