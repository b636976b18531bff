import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A key pair as ssh-keygen makes it (`-t`, `-N` and whatever else is given), with the fingerprint that it prints. */
export const makeKey = (
  type: "ed25519" | "rsa" | "ecdsa",
  options: { readonly passphrase?: string; readonly format?: "RFC4716" | "PEM" | "PKCS8" } = {},
) => {
  const directory = mkdtempSync(join(tmpdir(), "key-"));
  try {
    const file = join(directory, "key");
    const format = options.format === undefined ? [] : ["-m", options.format];
    execFileSync("ssh-keygen", ["-q", "-t", type, "-N", options.passphrase ?? "", "-C", "test", ...format, "-f", file]);
    const listed = execFileSync("ssh-keygen", ["-l", "-f", `${file}.pub`])
      .toString()
      .trim();
    const publicLine = readFileSync(`${file}.pub`, "utf8").trim();
    return {
      privateKey: readFileSync(file, "utf8"),
      publicLine,
      /** In wire format. */
      publicKey: Buffer.from(publicLine.split(" ")[1] ?? "", "base64"),
      /** As in `256 SHA256:… test (ED25519)`. */
      listed,
      fingerprint: listed.split(" ")[1] ?? "",
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
};
