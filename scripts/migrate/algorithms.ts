/** What the installed ssh2 can do, by the names of its connect option `algorithms`. */
import { createRequire } from "node:module";

// ssh2 names its defaults in the documentation, and what it supports only here.
const constants = createRequire(import.meta.url)("ssh2/lib/protocol/constants.js") as Readonly<
  Record<string, readonly string[]>
>;

export const supportedAlgorithms: Readonly<Record<string, readonly string[]>> = {
  cipher: constants["SUPPORTED_CIPHER"] ?? [],
  compress: constants["SUPPORTED_COMPRESSION"] ?? [],
  hmac: constants["SUPPORTED_MAC"] ?? [],
  kex: constants["SUPPORTED_KEX"] ?? [],
  serverHostKey: constants["SUPPORTED_SERVER_HOST_KEY"] ?? [],
};
