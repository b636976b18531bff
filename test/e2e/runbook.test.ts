/**
 * docs/runbook.md, followed by the letter: for each section the state that its alarm describes is brought about, the section's
 * commands are run as they stand there, in a shell, what it says is mended, and its last commands have to say that it is over.
 * What only AWS could do is done in its place: data points of EventBridge and SQS, a line of a time-out. Time that would have
 * to pass (a week of retries) is taken off the journal's items.
 */
import test, { type ExecutionContext } from "ava";
import { invoke } from "./helpers/invoke.ts";
import { readRunbook } from "./helpers/runbook.ts";
import { name, put, rule, shell, startWalk, type World } from "./helpers/walked.ts";
import { walks } from "./helpers/walks.ts";

const sections = readRunbook();

test("each section of the runbook is walked through", (t) => {
  t.deepEqual(Object.keys(walks).sort(), sections.map(({ heading }) => heading).sort());
});

const follow = async (t: ExecutionContext, world: World, { heading, look, act, over }: (typeof sections)[number]) => {
  const walk = walks[heading];
  if (walk === undefined) throw new Error(`nobody knows how to bring about ${heading}`);
  const began = Date.now();
  const { onCall } = world;
  await walk.breaks(world);
  await onCall.minutes(walk.minutes ?? 2);
  const states = await onCall.alarms();
  for (const alarm of walk.red) t.is(states[alarm], "ALARM", `${heading}: ${alarm}`);
  const runAll = async (commands: readonly string[], most: number) => {
    let shown = "";
    for (const command of commands) {
      const { status, out } = await shell(world, command);
      t.true(status <= most, `${heading}: ${command}: status ${status}: ${out}`);
      shown += out;
    }
    return shown;
  };
  // Status 1: the answer tells of a problem.
  const shown = await runAll(look, 1);
  if (walk.shows) t.regex(shown, walk.shows, heading);
  await walk.mend?.(world);
  await runAll(act, 0);
  await walk.over?.(world);
  await onCall.minutes(1);
  const last = await runAll(over, 0);
  if (walk.ends) t.regex(last, walk.ends, heading);
  t.log(
    `${heading}: ${look.length + act.length + over.length} commands, ${((Date.now() - began) / 1000).toFixed(1)} s`,
  );
};

test("the runbook's commands, followed by the letter, lead from each alarm to the file and to its end", async (t) => {
  t.timeout(15 * 60_000);
  const world = await startWalk();
  t.teardown(world.stop);
  const { onCall } = world;
  await invoke(world.stack, name, { action: "poll", streams: ["acme"] });
  await onCall.minutes(2);
  // No event tells of it, and only for objects of two minutes and more is that taken for lost.
  await rule(world, "disable", "push-acme");
  await put(world, "never-told.csv");
  const told = Date.now() + 125_000;
  await rule(world, "enable", "push-acme");
  for (const section of sections.filter(({ heading }) => heading !== "rules")) await follow(t, world, section);
  await onCall.minutes(45);
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, told - Date.now())));
  for (const section of sections.filter(({ heading }) => heading === "rules")) await follow(t, world, section);
  await onCall.minutes(40);
  const red = Object.entries(await onCall.alarms()).filter(([, state]) => state === "ALARM");
  t.deepEqual(red, [], "all alarms have turned green");
});
