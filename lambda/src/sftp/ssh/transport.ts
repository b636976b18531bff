import type { Duplex } from "node:stream";

/** What SSH is spoken over: a TCP connection, or a tunnel through a jump host. */
export type Wire = Duplex & { readonly bytesRead: number };
