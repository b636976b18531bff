/** A string of the SSH protocol (RFC 4251, section 5): its length in four bytes, then its bytes. */
export const sshString = (value: Buffer | string): Buffer => {
  const bytes = Buffer.from(value as Buffer);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/** Strings one after the other, as far as they are whole. */
export const readStrings = (bytes: Buffer): Buffer[] => {
  const strings: Buffer[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    if (at + 4 + length > bytes.length) break;
    strings.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return strings;
};

/** The number in an `mpint` without the zero that keeps it from being negative. */
export const unsigned = (number: Buffer): Buffer => {
  let at = 0;
  while (at < number.length - 1 && number[at] === 0) at += 1;
  return number.subarray(at);
};
