import type { Client, SFTPWrapper } from "ssh2";

/**
 * A client or channel of ssh2, seen with the fields that it keeps to itself. The one cast of all hooks: ssh2's types don't name
 * private fields, so `Inner` says which there may be, and who asks checks that they are there.
 */
export const innerOf = <Inner>(object: Client | SFTPWrapper): Inner => object as unknown as Inner;
