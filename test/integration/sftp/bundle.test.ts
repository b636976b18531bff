import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import test from "ava";
import { bundle } from "../../../lambda/build/bundle.ts";
import { adversary } from "../../helpers/sftp/connected.ts";
import { patternAt, storedFile } from "../../helpers/sftp/files.ts";
import { makeKey } from "../../helpers/sftp/keys.ts";

test("bundled, and without ssh2's native parts, it connects with an encrypted key and moves bytes", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "bundle-"));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const root = new URL("../../../", import.meta.url).pathname;
  const { files, metafile } = await bundle(root, "lambda/src/sftp/open.ts");
  for (const [name, content] of files) writeFileSync(join(directory, name), content);
  const inputs = Object.keys(metafile.inputs);
  t.false(inputs.some((input) => /\.node$|cpu-features/.test(input)));
  t.false(
    inputs.some((input) => /ssh2\/lib\/(server|keygen|http-agents)\.js$|tweetnacl\//.test(input)),
    "what isn't used is left out",
  );

  const key = makeKey("rsa", { passphrase: "phrase" });
  const server = await adversary(t, { publicKey: key.publicKey });
  const content = patternAt(0, 1_000_000);
  server.files.set("/in", storedFile(content));
  writeFileSync(
    join(directory, "run.mjs"),
    `import { openRemote } from "./index.mjs";
     const remote = await openRemote(${JSON.stringify(server.config)}, ${JSON.stringify({ privateKey: key.privateKey, passphrase: "phrase" })});
     const reader = await remote.openRead("/in", { size: 1000000 });
     const writer = await remote.openWrite("/out", { mode: "create" });
     for await (const chunk of reader.chunks(0)) await writer.write(chunk);
     await writer.close();
     await reader.close();
     await remote.close();
     console.log(process.report.getReport().sharedObjects.filter((path) => path.endsWith(".node")).join());`,
  );
  const { stdout } = await promisify(execFile)(process.execPath, [join(directory, "run.mjs")], { cwd: directory });
  t.is(stdout.trim(), "", "no native part was loaded");
  t.true((server.files.get("/out") as ReturnType<typeof storedFile>).content.equals(content));
});
