import { createServer } from "node:net";
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
