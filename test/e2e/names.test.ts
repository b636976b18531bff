/** Names as people and programs give them, both ways, byte for byte: in S3, in events, in the journal and at the partner. */
import { createHash } from "node:crypto";
import { S3Client } from "@aws-sdk/client-s3";
import test from "ava";
import { awsConfig, until } from "../stack/index.ts";
import { startBothWays } from "./helpers/both-ways.ts";
import { invoke } from "./helpers/invoke.ts";
import { putObject, readObject } from "./helpers/objects.ts";

const names = [
  "plain.txt",
  "two words.txt",
  "two  blanks and one at the end ",
  "a+b.txt",
  "100%.txt",
  "%41 is not A.txt",
  "#1.txt",
  "what?.txt",
  "a&b=c;d.txt",
  'it\'s "quoted".txt',
  "$HOME `x` (1) [2] {3} !.txt",
  "back\\slash.txt",
  "star*.txt",
  "tilde~.txt",
  "comma,colon:at@.txt",
  "Grüße aus Köln.txt",
  "日本語のファイル名.txt",
  "😀 emoji.txt",
  // The same to the eye, and two names: one code point, and a letter with a combining mark.
  "caf\u00e9.txt",
  "cafe\u0301.txt",
  ".leading dot",
  "-leading dash",
  "--help",
  "...three dots",
  `${"n".repeat(196)}.txt`,
  "nested/in/four/folders/file.txt",
  "nested/in/a folder with + and %/ü.txt",
  "UPPER/lower/MiXed.TXT",
  "no extension",
] as const;

const contentOf = (name: string) => createHash("sha256").update(name).digest("hex");

test("names of all kinds and empty files, both ways", async (t) => {
  const bridge = await startBothWays();
  t.teardown(() => bridge.stop());
  const { stack, partner, functionName } = bridge;
  const s3 = new S3Client(awsConfig(stack));
  t.teardown(() => s3.destroy());

  for (const name of names) await putObject(s3, bridge.push, name, contentOf(name));
  await putObject(s3, bridge.push, "empty", "");
  // What consoles make for a folder is no file.
  await putObject(s3, bridge.push, "a folder/", "");
  const expected = [...names, "empty"].sort();
  // By final names: files that are on their way are there too, under temporary ones.
  await until("everything to arrive at the partner", 120, () =>
    expected.every((name) => partner.files.exists(`inbox/${name}`)) ? true : undefined,
  ).catch(() => undefined);
  t.deepEqual(partner.files.list("inbox").sort(), expected);
  for (const name of names) t.is(partner.files.read(`inbox/${name}`).toString(), contentOf(name), name);
  t.is(partner.files.read("inbox/empty").length, 0);

  for (const name of names) partner.files.write(`outbox/${name}`, contentOf(name));
  partner.files.write("outbox/empty", "");
  const left = () => partner.files.list("outbox").filter((path) => !/(^|\/)\.done\//.test(path));
  await until("everything to be pulled", 120, async () => {
    await invoke(stack, functionName, { action: "poll", streams: ["acme"] });
    return left().length === 0 ? true : undefined;
  }).catch(() => undefined);
  t.deepEqual(left(), []);
  for (const name of names) t.is((await readObject(s3, bridge.pull, name))?.toString(), contentOf(name), name);
  t.is((await readObject(s3, bridge.pull, "empty"))?.length, 0);
});
