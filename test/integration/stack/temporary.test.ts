import { execFile } from "node:child_process";
import { createServer } from "node:net";
import { promisify } from "node:util";
import test from "ava";
import { placeOf } from "../../stack/places.ts";
import { freePort, until } from "../../stack/temporary.ts";

test("a free port can be listened on", async (t) => {
  const port = await freePort();
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  server.close();
  t.pass();
});

test("a port is given to one caller only, in whatever process", async (t) => {
  const here = new Set<number>();
  // One port in twenty: of 200 chosen without regard to them, one is among them all but surely.
  for (let i = 0; i < 600; i++) here.add(await freePort());
  t.is(here.size, 600);
  const program = `import { freePort } from ${JSON.stringify(new URL("../../stack/temporary.ts", import.meta.url).href)};
    const ports = []; for (let i = 0; i < 200; i++) ports.push(await freePort()); console.log(JSON.stringify(ports));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program]);
  const there = JSON.parse(stdout) as number[];
  t.is(there.length, 200);
  t.deepEqual(
    there.filter((port) => here.has(port)),
    [],
  );
});

test("until returns what comes in the end", async (t) => {
  let looks = 0;
  t.is(await until("the third look", 5, () => (++looks < 3 ? undefined : "found"), 1), "found");
});

test("until says what it waited for, and why the last look failed", async (t) => {
  await t.throwsAsync(
    until("rain", 0, () => undefined, 1),
    { message: "waited 0 s in vain for rain" },
  );
  const look = () => {
    throw new Error("no clouds");
  };
  await t.throwsAsync(until("rain", 0, look, 1), { message: "waited 0 s in vain for rain: no clouds" });
});

test("parts of an s3:// address", (t) => {
  t.deepEqual(placeOf("s3://bucket"), { bucket: "bucket", prefix: "" });
  t.deepEqual(placeOf("s3://bucket/"), { bucket: "bucket", prefix: "" });
  t.deepEqual(placeOf("s3://bucket/a/b/"), { bucket: "bucket", prefix: "a/b/" });
  for (const wrong of ["bucket/a", "", undefined])
    t.throws(() => placeOf(wrong), { message: /not an s3:\/\/ address/ });
});
