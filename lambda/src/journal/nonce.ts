import { randomFillSync } from "node:crypto";

/** Bytes of one. */
const length = 9;
/** Made at one time: asking the generator costs eight times what the text does, and a small file takes five. */
const together = 256;

/** Texts of twelve characters, none of which comes twice or can be guessed: revisions, and what leases and temporary names carry. */
export const createNonces = (): (() => string) => {
  const bytes = Buffer.alloc(length * together);
  let at = bytes.length;
  return () => {
    if (at === bytes.length) {
      randomFillSync(bytes);
      at = 0;
    }
    at += length;
    return bytes.toString("base64url", at - length, at);
  };
};
