// A process of its own that moves one large file, so that its memory can be measured: arguments are one JSON object.
// Prints the growth of its peak resident memory in MB.
import { openRemote } from "../../../lambda/src/sftp/open.ts";
import { patternAt } from "./files.ts";

const { config, direction, path, bytes } = JSON.parse(process.argv[2] ?? "{}");
const remote = await openRemote(config, { password: "secret" });
const peak = () => process.resourceUsage().maxRSS / 1024;
const before = peak();
let wrong = 0;
if (direction === "pull") {
  const reader = await remote.openRead(path);
  let at = 0;
  for await (const chunk of reader?.chunks(0, { reuse: true }) ?? []) {
    if (!patternAt(at, chunk.length).equals(chunk)) wrong += 1;
    at += chunk.length;
  }
  if (at !== bytes) throw new Error(`${at} bytes instead of ${bytes}`);
} else {
  const step = 64 * 1024;
  const writer = await remote.openWrite(path, { mode: "resume" });
  for (let at = 0; at < bytes; at += step) await writer.write(patternAt(at, Math.min(step, bytes - at)));
  await writer.close();
}
if (wrong > 0) throw new Error(`${wrong} chunks are wrong`);
console.log(Math.round(peak() - before));
await remote.close();
