import { rm } from "node:fs/promises";
import { join } from "node:path";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import test, { type ExecutionContext } from "ava";
import { entriesOf } from "../faults/invariants.ts";
import { buildProgram } from "../faults/program.ts";
import { createRandom } from "../faults/random.ts";
import { createWorld, stream, type World, type WorldOptions } from "../faults/world.ts";
import { type Stack, startStack } from "../stack/index.ts";
import { temporaryFolder } from "../stack/temporary.ts";

const mebibyte = 1024 * 1024;
let stack: Stack;
let program: string;
const folder = temporaryFolder("concurrency");

test.before(async () => {
  [stack, program] = await Promise.all([startStack(), buildProgram(join(folder, "program"))]);
});
test.after.always(async () => {
  await stack?.stop();
  await rm(folder, { recursive: true, force: true });
});

const start = async (t: ExecutionContext, name: string, options: Partial<WorldOptions>): Promise<World> => {
  const world = await createWorld({
    stack,
    program,
    name: `limits-${process.pid}-${name}`,
    random: createRandom(1),
    slots: 1,
    diskBytes: 200 * mebibyte,
    after: "move",
    log: join(folder, `${name}.log`),
    ...options,
  });
  t.teardown(world.stop);
  return world;
};

const eventOf = (world: World, key: string, sequence: number) => ({
  messageId: `m${sequence}`,
  eventSource: "aws:sqs",
  body: JSON.stringify({
    "detail-type": "Object Created",
    source: "aws.s3",
    time: new Date(world.environments.now()).toISOString(),
    detail: { bucket: { name: world.name }, object: { key, sequencer: sequence.toString(16).padStart(16, "0") } },
  }),
});

for (const slots of [1, 2]) {
  test.serial(`48 invocations at one time: no more than ${slots} connection(s), and no ring is lost`, async (t) => {
    const world = await start(t, `slots-${slots}`, { slots, eventsAtOnce: 16, timeoutMs: 60_000 });
    for (let n = 0; n < 10; n++) world.sshd.files.write(`outbox/${n}`, `pulled ${n}`);
    await world.environments.invoke({ action: "poll", streams: [stream] }); // warm, and one look at the files
    world.environments.advance(10_000);
    const before = world.relay.connections.made;
    const begun = performance.now();
    await Promise.all(
      Array.from({ length: 48 }, async (_, n) => {
        const key = `out/${n}`;
        await world.s3.send(new PutObjectCommand({ Bucket: world.name, Key: key, Body: `pushed ${n}` }));
        if (n % 8 === 0) await world.environments.invoke({ action: "poll", streams: [stream] });
        return world.environments.invoke({ Records: [eventOf(world, key, n)] });
      }),
    );
    t.true(world.relay.connections.most <= slots, `${world.relay.connections.most} connections at one time`);
    const open = async () => (await entriesOf(world)).filter(({ state }) => state !== "delivered");
    // A drain that a batch started begins no file after a minute: where a busy machine took so long, ticks do the rest.
    const isSlow = performance.now() - begun > 50_000;
    for (let tick = 0; isSlow && tick < 20 && (await open()).length > 0; tick++)
      await world.environments.invoke({ action: "tick" });
    t.deepEqual(await open(), [], isSlow ? "everything was moved" : "everything was moved without a tick");
    t.is(world.sshd.files.list("inbox").length, 48);
    t.log(
      `${world.relay.connections.made - before} connections for 54 invocations, ${world.relay.connections.most} at one time`,
    );
  });
}
