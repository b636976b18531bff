/** A link that stalls in the middle of a file or of a listing, over a real connection: something ends it, and the next run goes on. */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { openRemote } from "../../../lambda/src/sftp/open.ts";
import { defaultSizes } from "../../../lambda/src/transfer/sizes.ts";
import { startAdversary } from "../../helpers/sftp/adversary.ts";
import { directory, storedFile } from "../../helpers/sftp/files.ts";
import { pull, push, stream } from "../../helpers/streams.ts";
import { createWorld, untilLapsed } from "../../helpers/world.ts";

const content = randomBytes(3_000_000).toString("base64");
/** A partner that fails again and again, as on a busy machine, is given longer and longer pauses, up to a quarter of an hour. Milliseconds. */
const untilAsked = untilLapsed + 20 * 60_000;
const mebibyte = 1024 * 1024;
/** Files of a listing, beside the large one. */
const small = 100;
const sizes = { ...defaultSizes, part: mebibyte / 2, quick: 0, tail: 1024 };

interface Stalled {
  readonly direction: "push" | "pull" | "listing";
  readonly operationTimeoutSeconds: number;
  /** Milliseconds of the invocation whose link stalls, and until when it has to have ended. */
  readonly lifetime: number;
  readonly within: number;
}

const run = async (t: ExecutionContext, { direction, operationTimeoutSeconds, lifetime, within }: Stalled) => {
  const asked = { push: "WRITE", pull: "READ", listing: "READDIR" }[direction];
  // A file has stalled in its middle; a listing is asked for again after a few names.
  const moving = direction === "listing" ? 3 : 12;
  let stalls = true;
  let answers = 0;
  const server = await startAdversary({
    ident: "OpenSSH_9.9",
    shortReads: 100_000,
    batch: 10,
    // Everything stalls, as on a link: also what is asked behind it.
    delay: (request) =>
      stalls && (answers > moving || (request === asked && ++answers > moving)) ? new Promise<number>(() => {}) : 0,
  });
  t.teardown(() => server.stop());
  for (const path of ["/inbox", "/outbox"]) server.files.set(path, directory());
  const config = stream({
    push: { ...push, directory: "/inbox" },
    pull: { ...pull, directory: "/outbox", after: "keep" },
    sftp: server.config,
  });
  const world = createWorld(config);
  if (direction === "push") await world.bridge().intake(world.put("bucket", "out/f", content));
  else {
    const mtime = 1_750_000_000;
    if (direction === "listing")
      for (let index = 0; index < small; index++)
        server.files.set(`/outbox/s${index}`, Object.assign(storedFile(Buffer.from(`${index}`)), { mtime }));
    server.files.set("/outbox/f", Object.assign(storedFile(Buffer.from(content)), { mtime }));
    await world.bridge().poll(config);
  }
  const attempt = async (life: number, timeoutSeconds: number) => {
    const began = performance.now();
    const bridge = world.bridge(undefined, undefined, { sizes, remaining: () => life - (performance.now() - began) });
    const instead: Partial<typeof bridge.deps> = {
      // Real time: in the world's, a pause between two looks takes seconds off a lease, which ends before anything stalls.
      clock: { ...bridge.deps.clock, steady: () => performance.now() },
      sleep: (milliseconds) => sleep(milliseconds),
      every: (_, act) => {
        const timer = setInterval(act, 20);
        return () => clearInterval(timer);
      },
      connect: ({ sftp }, signal) =>
        openRemote(
          { ...sftp, operationTimeoutSeconds: timeoutSeconds },
          { password: "secret" },
          { signal, chunkBytes: 64 * 1024 },
        ),
    };
    await bridge.drainAll(instead);
    return performance.now() - began;
  };

  let took = await attempt(lifetime, operationTimeoutSeconds);
  // On a busy machine the time may be up before anything has stalled: what is to be seen is how it ends once it has, with more time.
  let times = 1;
  for (; times < 6 && answers <= moving; times++) {
    world.time.now += untilAsked;
    took = await attempt((times + 1) * lifetime, (times + 1) * operationTimeoutSeconds);
  }
  t.true(took < times * within, `it ended by itself after ${Math.round(took)} ms`);
  t.true(answers > moving, "it has stalled");
  t.true(world.entries().every(({ path, state }) => path !== "f" || state !== "delivered"));
  stalls = false;
  world.time.now += untilAsked;
  await attempt(60_000, 60);
  if (direction === "push") t.is(server.files.get("/inbox/f")?.size, content.length);
  else t.true(world.content("bucket", "in/f") === content, "the content is another one");
  const states = world.entries().map(({ state }) => state);
  t.deepEqual(new Set(states), new Set(["delivered"]));
  t.is(states.length, direction === "listing" ? small + 1 : 1);
  for (let turn = 0; turn < 50 && server.sessions.open > 0; turn++) await sleep(20);
  t.is(server.sessions.open, 0);
};

for (const direction of ["push", "pull", "listing"] as const) {
  test.serial(`${direction}: an operation's deadline ends it`, (t) =>
    run(t, { direction, operationTimeoutSeconds: 4, lifetime: 60_000, within: 30_000 }),
  );
  test.serial(`${direction}: the function's own deadline ends it before the runtime does`, (t) =>
    run(t, { direction, operationTimeoutSeconds: 600, lifetime: 14_000, within: 14_000 }),
  );
}
