/** `bridge check` tries the gates of both sides, and leaves nothing behind. */
import test from "ava";
import type { Gate, StreamConfig } from "../../../lambda/src/config/types.ts";
import { ask } from "../../helpers/ask.ts";
import { pull, push, stream } from "../../helpers/streams.ts";
import { createWorld, type World } from "../../helpers/world.ts";

const arn = "arn:aws:lambda:eu-central-1:111111111111:function:scan";
const both = (gate: Gate): StreamConfig => stream({ push: { ...push, gate }, pull: { ...pull, gate } });

const gatesIn = async (world: World) => {
  world.disk.directories.add("outbox");
  const { streams } = (await ask(world, { action: "check" })) as unknown as {
    streams: { steps: { step: string; verdict: string; detail: string }[] }[];
  };
  const steps = streams[0]?.steps.filter(({ step }) => step.endsWith(": ask the gate")) ?? [];
  return Object.fromEntries(steps.map(({ step, verdict, detail }) => [step.split(":")[0], `${verdict}: ${detail}`]));
};

test("a function that may be invoked, and one that may not", async (t) => {
  const world = createWorld(both({ functionArn: arn, timeoutHours: 24 }));
  world.gates.answer = () => t.fail("it isn't run");
  const ok = `ok: ${arn} may be invoked; it wasn't run`;
  t.deepEqual(await gatesIn(world), { push: ok, pull: ok });
  world.gates.mayInvoke = () => {
    throw Object.assign(new Error("Function not found"), { name: "ResourceNotFoundException" });
  };
  const { push: pushed, pull: pulled } = await gatesIn(world);
  t.regex(pushed ?? "", /^failed: .*scan can't be invoked, .* push is held .*ResourceNotFoundException.*push\.gate/);
  t.regex(pulled ?? "", /^failed: .*scan can't be invoked, .* pull is held .*correct pull\.gate\.function_arn/);
});

test("tags that may be read, and some that may not", async (t) => {
  const world = createWorld(both({ timeoutHours: 24 }));
  t.is((await gatesIn(world))["push"], "ok: there is no object yet whose tags could be read");
  world.put("bucket", "out/file", "x");
  const before = [...world.buckets.objects.keys()];
  const seen = await gatesIn(world);
  t.regex(seen["push"] ?? "", /^ok: the tags of s3:\/\/bucket\/out\/file can be read; GuardDuty hasn't tagged it/);
  t.regex(seen["pull"] ?? "", /^ok: tags below s3:\/\/config-bucket\/staging\/gate\/acme\/ can be read/);
  world.gates.tags.set(undefined, { GuardDutyMalwareScanStatus: "NO_THREATS_FOUND" });
  t.regex((await gatesIn(world))["push"] ?? "", /GuardDuty says NO_THREATS_FOUND$/);
  world.gates.mayLook = () => {
    throw Object.assign(new Error("no"), { name: "AccessDenied" });
  };
  const { push: pushed, pull: pulled } = await gatesIn(world);
  t.regex(
    pushed ?? "",
    /^failed: The tags of s3:\/\/bucket\/out\/file can't be read.*AccessDenied: no.*bucket_policies/,
  );
  t.regex(
    pulled ?? "",
    /^failed: Below s3:\/\/config-bucket\/staging\/gate\/acme\/ nothing can be held.*AccessDenied: no/,
  );
  t.deepEqual(
    [...world.buckets.objects.keys()].filter((key) => world.buckets.objects.get(key)?.length),
    before,
  );
});

test("without a gate none is tried", async (t) => {
  t.deepEqual(await gatesIn(createWorld(stream({ push, pull }))), {});
});
