import { type KeyObject, randomBytes } from "node:crypto";
import { sshString } from "./wire.ts";

const ed25519 = "ssh-ed25519";

/** OpenSSH's own format (PROTOCOL.key), not encrypted: the only one in which ssh2 reads an Ed25519 key. */
const opensshText = (key: KeyObject): string => {
  const { d = "", x = "" } = key.export({ format: "jwk" });
  const [seed, point] = [Buffer.from(d, "base64url"), Buffer.from(x, "base64url")];
  const check = randomBytes(4);
  const pair = Buffer.concat([
    check,
    check,
    sshString(ed25519),
    sshString(point),
    sshString(Buffer.concat([seed, point])),
    sshString(""),
  ]);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7]).subarray(0, (8 - (pair.length % 8)) % 8);
  const blob = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    sshString("none"),
    sshString("none"),
    sshString(""),
    Buffer.from([0, 0, 0, 1]),
    sshString(Buffer.concat([sshString(ed25519), sshString(point)])),
    sshString(Buffer.concat([pair, padding])),
  ]);
  const lines = blob.toString("base64").match(/.{1,70}/g) ?? [];
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join("\n")}\n-----END OPENSSH PRIVATE KEY-----\n`;
};

/** The text of a private key in a format that ssh2 reads; undefined for a type or curve that SSH has no use for. */
export const textOf = (key: KeyObject): string | undefined => {
  const type = key.asymmetricKeyType;
  if (type === "ed25519") return opensshText(key);
  if (type === "rsa") return key.export({ type: "pkcs1", format: "pem" }).toString();
  const curve = key.asymmetricKeyDetails?.namedCurve ?? "";
  if (type === "ec" && ["prime256v1", "secp384r1", "secp521r1"].includes(curve))
    return key.export({ type: "sec1", format: "pem" }).toString();
  return undefined;
};
