import test from "ava";
import { createTraits, traitsKeptFor } from "../../../lambda/src/traits/traits.ts";
import { recordingLog } from "../../helpers/sftp/connected.ts";

const hour = 3_600_000;
const clock = (start = 1_000 * hour) => {
  const time = { now: start };
  return { time, now: () => time.now };
};

test("what nobody knows may be tried; what was learned counts for some days", (t) => {
  const { time, now } = clock();
  const log = recordingLog();
  const traits = createTraits({ now, log });
  t.is(traits.can("exclusive_open"), undefined);
  traits.learn("exclusive_open", false, "it was refused");
  t.false(traits.can("exclusive_open"));
  t.like(traits.learned.exclusive_open, { value: false, why: "it was refused" });
  t.regex(log.lines.join("\n"), /info: Learned of the server/);
  time.now += traitsKeptFor - 1;
  t.false(traits.can("exclusive_open"));
  time.now += 1;
  t.is(traits.can("exclusive_open"), undefined);
  t.deepEqual(traits.learned, {});
});

test("what is seen again doesn't put its end off", (t) => {
  const { time, now } = clock();
  const traits = createTraits({ now });
  traits.learn("several_handles", true, "first");
  time.now += traitsKeptFor - hour;
  traits.learn("several_handles", true, "again");
  time.now += hour;
  t.is(traits.can("several_handles"), undefined);
});

test("what the user says is believed, and nothing is learned against it", (t) => {
  const traits = createTraits({
    given: { fstat: true, open_files: 3 },
    learned: { fstat: { value: false, at: Date.now(), why: "" } },
  });
  t.true(traits.can("fstat"));
  traits.learn("fstat", false, "refused");
  traits.lower("open_files", 1, "refused");
  t.true(traits.can("fstat"));
  t.is(traits.limit("open_files"), 3);
  t.deepEqual(traits.fresh, {});
});

test("a limit is lowered, never raised by a refusal, and comes back slowly", (t) => {
  const { time, now } = clock();
  const traits = createTraits({ now });
  t.is(traits.limit("open_files"), undefined);
  traits.lower("open_files", 8, "refused");
  traits.lower("open_files", 12, "refused");
  t.is(traits.limit("open_files"), 8);
  time.now += 6 * hour;
  t.is(traits.limit("open_files"), 10);
  traits.lower("open_files", 5, "refused again");
  t.is(traits.limit("open_files"), 5);
  traits.lower("open_files", 0, "nonsense");
  t.is(traits.limit("open_files"), 1);
  traits.lift("open_files");
  t.is(traits.limit("open_files"), undefined);
});

test("who listens is told of each thing that is learned, and only of these", (t) => {
  const traits = createTraits({ learned: { rename: { value: true, at: Date.now(), why: "" } } });
  let told = 0;
  traits.onChange(() => told++);
  traits.learn("rename", true, "known already");
  t.is(told, 0);
  traits.learn("rename", false, "refused");
  t.is(told, 1);
  t.deepEqual(Object.keys(traits.fresh), ["rename"]);
});
