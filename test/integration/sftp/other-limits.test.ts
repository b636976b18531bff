/** A file's further connection may reach another server of the partner's, which gives less with one READ. */
import test from "ava";
import { openRemote } from "../../../lambda/src/sftp/open.ts";
import { adversary } from "../../helpers/sftp/connected.ts";
import { generatedFile, patternAt } from "../../helpers/sftp/files.ts";

const size = 12 * 1024 * 1024 + 123;
const spread = { spreadRoundTripMs: 0, spreadBytes: 1e6, fileWindowBytes: 2e6, channels: 1 };

test("a connection that gives less with one READ than the first one does is used for what it gives", async (t) => {
  let read = 261_120n;
  const server = await adversary(t, {
    get limits() {
      return [262_144n, read, 261_120n, 0n] as const;
    },
    delay: (request) => (request === "READ" ? 5 : 0),
  });
  const open = () => openRemote(server.config, { password: "secret" }, spread);
  const main = await open();
  read = 100_000n;
  const other = await open();
  t.teardown(() => Promise.all([main.close(), other.close()]));
  main.reinforce?.((_, join) => join(other));
  server.files.set("/f", generatedFile(size));
  const reader = await main.openRead("/f");
  let at = 0;
  for await (const chunk of reader?.chunks(0, { reuse: true }) ?? []) {
    if (!patternAt(at, chunk.length).equals(Buffer.from(chunk))) t.fail(`wrong at ${at}`);
    at += chunk.length;
  }
  await reader?.close();
  t.is(at, size);
  t.is(server.requests.filter((one) => one === "OPEN /f").length, 2);
  t.false(other.lost.aborted, String(other.lost.reason));
});
