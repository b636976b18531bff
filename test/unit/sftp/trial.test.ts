/** What a connection that ends at a READ or WRITE teaches: nothing by itself, and nothing that a harmless request doesn't confirm. */
import test from "ava";
import type { GivenTraits } from "../../../lambda/src/config/server-traits.ts";
import { createTrial, type Requested } from "../../../lambda/src/sftp/trial.ts";
import { createTraits } from "../../../lambda/src/traits/traits.ts";

const most = 255 * 1024;
const small: Requested = { deed: "read", bytes: 4096, most };
const large: Requested = { deed: "read", bytes: most, most };
const across: Requested = { deed: "read", bytes: 4096, isAcross: true, most };
const write: Requested = { deed: "write", bytes: most, most };

const start = (given: GivenTraits = {}) => {
  const traits = createTraits({ given });
  /** A new connection: what it answers, and what it ends at. */
  const connect = async (answered: readonly Requested[], ...waiting: readonly Requested[]) => {
    const trial = createTrial(traits);
    for (const one of answered) await trial.ask(one, async () => "bytes");
    for (const one of waiting) void trial.ask(one, () => new Promise(() => {}));
    const next = [trial.next("read", most), trial.next("write", most), trial.endIsTried];
    return { suspect: trial.lost("it was closed"), next };
  };
  const known = () => Object.fromEntries(Object.entries(traits.learned).map(([name, { value }]) => [name, value]));
  return { connect, known };
};

for (const [ability, bold] of [
  ["large_requests", large],
  ["reads_past_end", across],
] as const) {
  test(`the first end teaches to try harmless ones first, and the next one behind these what it was: ${ability}`, async (t) => {
    const { connect, known } = start();
    t.deepEqual(await connect([small], bold), { suspect: true, next: [undefined, undefined, undefined] });
    t.deepEqual(known(), { bold_reads: false });
    t.deepEqual((await connect([], small)).next, ["small", undefined, "later"]);
    t.deepEqual((await connect([small])).next, ["large", undefined, "now"]);
    t.true((await connect([small], bold)).suspect);
    t.deepEqual(known(), { bold_reads: false, [ability]: false });
    t.false((await connect([small], bold)).suspect);
  });

  test(`ends before a harmless one was answered, or among several suspects, teach no more: ${ability}`, async (t) => {
    const { connect, known } = start();
    for (let turn = 0; turn < 3; turn++) await connect([], bold);
    for (let turn = 0; turn < 3; turn++) await connect([], small);
    t.deepEqual(known(), { bold_reads: false });
    await connect([small], bold, write);
    t.deepEqual(known(), { bold_reads: false, bold_writes: false });
  });

  test(`what was answered over any connection, or is given, is under no suspicion: ${ability}`, async (t) => {
    const answered = start();
    await answered.connect([bold]);
    const given = start({ [ability]: true });
    for (const { connect, known } of [answered, given]) {
      for (let turn = 0; turn < 3; turn++) t.false((await connect([small], bold)).suspect);
      t.deepEqual(known(), {});
    }
  });
}

test("once all was answered it is known to be borne", async (t) => {
  const { connect, known } = start();
  await connect([], large);
  await connect([small, large]);
  t.deepEqual(known(), { bold_reads: false });
  await connect([small, across]);
  t.deepEqual(known(), { bold_reads: true });
  await connect([], write);
  await connect([write]);
  t.deepEqual(known(), { bold_reads: true, bold_writes: true });
});

test("a larger one than any that was answered is under suspicion again", async (t) => {
  const { connect, known } = start();
  await connect([{ ...large, bytes: 8192 }], large);
  t.deepEqual(known(), { bold_reads: false });
  await connect([small, { ...large, bytes: 8192 }], large);
  t.deepEqual(known(), { bold_reads: false, large_requests: false });
});

test("what is tried goes one at a time", async (t) => {
  const traits = createTraits();
  traits.learn("bold_reads", false, "");
  const trial = createTrial(traits);
  const first = Promise.withResolvers<string>();
  const sent: string[] = [];
  const answers = [
    trial.ask(large, () => {
      sent.push("large");
      return first.promise;
    }),
    trial.ask(across, async () => sent.push("across")),
    trial.ask(small, async () => sent.push("small")),
  ];
  await answers[2];
  t.deepEqual(sent, ["large", "small"]);
  first.resolve("bytes");
  await Promise.all(answers);
  t.deepEqual(sent, ["large", "small", "across"]);
});
