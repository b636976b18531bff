import { execFileSync } from "node:child_process";
import test from "ava";
import { countKeys, keyText } from "../../../lambda/src/secrets/key-text.ts";
import { makeKey } from "../../helpers/sftp/keys.ts";

const openssh = makeKey("ed25519");
const rsa = makeKey("rsa", { format: "PEM" });
const locked = makeKey("rsa", { format: "PEM", passphrase: "correct horse" });
const pkcs8 = makeKey("ecdsa", { format: "PKCS8" });

/** What secret stores, shells, templates, mail and office programs make of a file's lines. */
const mangled: Readonly<Record<string, (text: string) => string>> = {
  "as it is": (text) => text,
  CRLF: (text) => text.replaceAll("\n", "\r\n"),
  "CR alone": (text) => text.replaceAll("\n", "\r"),
  "\\n": (text) => text.replaceAll("\n", "\\n"),
  "\\r\\n": (text) => text.replaceAll("\n", "\\r\\n"),
  "\\\\n": (text) => text.replaceAll("\n", "\\\\n"),
  "\\\\\\\\n": (text) => text.replaceAll("\n", "\\\\\\\\n"),
  "\\u000a": (text) => text.replaceAll("\n", "\\u000a"),
  "\\n and line breaks": (text) => text.replaceAll("\n", "\\n\n"),
  "a backslash at the end of each line": (text) => text.replaceAll("\n", " \\\n"),
  "%0A": (text) => encodeURIComponent(text),
  "&#10;": (text) => text.replaceAll("\n", "&#10;"),
  "&#xA;": (text) => text.replaceAll("\n", "&#xA;"),
  "one line": (text) => text.trim().replaceAll("\n", " "),
  tabs: (text) => text.replaceAll("\n", "\t"),
  "no blanks at all": (text) => text.replace(/\s+/g, ""),
  "no line breaks": (text) => text.replaceAll("\n", ""),
  "JSON's quotes": (text) => JSON.stringify(text),
  "JSON twice": (text) => JSON.stringify(JSON.stringify(text)),
  "a JSON list of lines": (text) => JSON.stringify(text.split("\n"), undefined, 2),
  "single quotes": (text) => `'${text}'`,
  "quotes that are typed": (text) => `"${text}"`,
  indentation: (text) => text.replace(/^/gm, "      "),
  "a YAML block": (text) => `key: |\n${text.replace(/^/gm, "  ")}`,
  "mail's quotes": (text) => text.replace(/^/gm, "> "),
  "trailing blanks and empty lines": (text) => text.replaceAll("\n", "  \t\n\n"),
  "a byte order mark": (text) => `\ufeff${text}`,
  "joiners of no width": (text) => text.replace(/(.{20})/g, "$1\u200b"),
  "blanks that don't break": (text) => text.replaceAll("\n", "\u00a0"),
  "zeros of UTF-16": (text) => [...text].join("\0"),
  "dashes of an office program": (text) => text.replaceAll("-----", "\u2014\u2014-"),
  "base64 of the file": (text) => Buffer.from(text).toString("base64"),
  "base64 in lines": (text) =>
    (
      Buffer.from(text)
        .toString("base64")
        .match(/.{1,76}/g) ?? []
    ).join("\n"),
  "text in front": (text) => `# acme's key, 2024\nBag Attributes\n    friendlyName: us\n${text}`,
  "parameters in front": (text) =>
    `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${text}`,
  "the public key behind": (text) => `${text}\n${openssh.publicLine}\n`,
};

const body = (text: string) => text.replace(/\s/g, "");

for (const [name, mangle] of Object.entries(mangled))
  test(`a key's own text is found in: ${name}`, (t) => {
    for (const { privateKey } of [openssh, rsa, locked, pkcs8]) {
      const found = keyText(mangle(privateKey)) ?? "nothing";
      t.is(body(found), body(privateKey));
      t.regex(
        found,
        /^-----BEGIN [A-Z ]+-----\n(Proc-Type.*\nDEK-Info.*\n\n)?([A-Za-z0-9+/=]{1,64}\n)+-----END [A-Z ]+-----\n$/,
      );
    }
  });

test("PuTTY's text keeps its comment, whatever is in it", (t) => {
  const ppk =
    "PuTTY-User-Key-File-2: ssh-rsa\r\nEncryption: none\r\nComment: C:\\new\\keys 100%20\r\nPublic-Lines: 1\r\n";
  t.is(keyText(ppk), ppk.trim().replaceAll("\r\n", "\n"));
  t.is(keyText(ppk.replaceAll("\r\n", "\r")), ppk.trim().replaceAll("\r\n", "\n"));
  t.is(keyText(`\ufeff"${ppk}"`), ppk.trim().replaceAll("\r\n", "\n"));
  const escaped = "PuTTY-User-Key-File-2: ssh-rsa\\r\\nEncryption: none\\r\\n";
  t.is(keyText(escaped), "PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\n");
});

test("what holds no private key is none", (t) => {
  for (const text of [
    "",
    "hunter2",
    openssh.publicLine,
    "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
    "A".repeat(60),
  ])
    t.is(keyText(text), undefined);
});

test("keys are counted, and one that was cut off has no end", (t) => {
  t.is(countKeys(openssh.privateKey), 1);
  t.is(countKeys(openssh.privateKey + rsa.privateKey), 2);
  t.notRegex(keyText(openssh.privateKey.slice(0, 200)) ?? "", /END/);
});

test("openssl reads what is found", (t) => {
  const text = keyText(locked.privateKey.replace(/\s+/g, " ")) ?? "";
  const args = ["pkey", "-passin", "pass:correct horse", "-pubout"];
  t.is(
    String(execFileSync("openssl", args, { input: text })),
    String(execFileSync("openssl", args, { input: locked.privateKey })),
  );
});
