/** The key exchanges of a connection, one after the other, as ssh2 begins them. */

/** What ssh2 1.17 keeps the present exchange in (lib/protocol/Protocol.js); private. */
interface Exchanging<Exchange> {
  _kex?: Exchange | undefined;
}

/** Has `look` see each exchange before ssh2 goes on with it, behind whoever looks at them already. */
export const onEachExchange = <Exchange>(protocol: Exchanging<Exchange>, look: (exchange: Exchange) => void): void => {
  const before = Object.getOwnPropertyDescriptor(protocol, "_kex");
  let current: Exchange | undefined;
  Object.defineProperty(protocol, "_kex", {
    configurable: true,
    get: () => (before?.get ? before.get.call(protocol) : current),
    set: (next: Exchange | undefined) => {
      if (before?.set) before.set.call(protocol, next);
      else current = next;
      if (next !== undefined) look(next);
    },
  });
};
