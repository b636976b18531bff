import { RemoteError } from "../../errors.ts";
import { printable } from "../../printable.ts";
import { fingerprintOf, linesOf, typeOf } from "../host-keys.ts";
import { isCertificateType } from "./parse.ts";

/** An authority whose host certificates are trusted. */
export interface Authority {
  /** In wire format. */
  readonly key: Buffer;
  readonly fingerprint: string;
}

const keyType = /^(ssh-(rsa|ed25519)|ecdsa-sha2-nistp(256|384|521))$/;

const refuse = (line: string, reason: string, remedy: string): never => {
  throw new RemoteError("host-key", `host_ca_keys has "${printable(line, 60)}", which ${reason}. ${remedy}.`);
};

const whole =
  "Give the authority's public key, as in `ssh-ed25519 AAAA…` or `@cert-authority *.example ssh-ed25519 AAAA…`";

const parseLine = (line: string): Authority => {
  const words = line.split(/\s+/);
  const [mark] = words;
  if (words.some((word) => word.startsWith("SHA256:"))) return refuse(line, "is a fingerprint", whole);
  if (words.some(isCertificateType))
    return refuse(line, "is a certificate", "Give the public key of the authority that signed it");
  if (mark?.startsWith("@") && mark !== "@cert-authority") return refuse(line, `is marked ${mark}`, whole);
  const at = words.findIndex((word) => keyType.test(word));
  const [type, base64] = at === -1 ? [] : words.slice(at, at + 2);
  if (type === undefined || base64 === undefined) return refuse(line, "has no key of a type that is known", whole);
  if (at !== (mark === "@cert-authority" ? 2 : 0))
    return refuse(
      line,
      "is a server's own key",
      "It goes into host_keys; an authority's line begins with its type or @cert-authority",
    );
  const key = Buffer.from(base64, "base64");
  if (typeOf(key) !== type) return refuse(line, `has no ${type} key`, "Was the line cut off? Copy it again");
  return { key, fingerprint: fingerprintOf(key) };
};

/** Reads `host_ca_keys`: lines of a `.pub` file, or `@cert-authority` lines, of which only the key counts. Throws a `RemoteError` of kind `host-key`. */
export const parseAuthorities = (entries: readonly string[]): readonly Authority[] => linesOf(entries).map(parseLine);
