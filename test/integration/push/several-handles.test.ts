/** One file, one handle, until it is proved that several see one file; and what becomes of servers where they don't. */
import { randomBytes } from "node:crypto";
import test, { type ExecutionContext } from "ava";
import type { Quirks } from "../../helpers/sftp/adversary.ts";
import type { BridgeOptions } from "../../servers/bridge.ts";
import { startQuirkyPush } from "../../servers/quirky-push.ts";

const mebibyte = 1024 * 1024;
/** Milliseconds of a round trip, and of a WRITE: long enough that a file isn't sent before a second channel is open. */
const round = 6;
const writing = 60;
/** On a busy machine a file may end before a second handle is tried. */
const turns = 16;
const content = randomBytes(9 * mebibyte + 12_345);

const setup = async (t: ExecutionContext, quirks: Quirks, options: BridgeOptions = {}) => {
  const opens: string[] = [];
  const slow: Quirks = { delay: (request) => (request === "WRITE" ? writing : round), ...quirks };
  const { server, bridge } = await startQuirkyPush(t, slow, options, (request, path, details) => {
    if (request === "OPEN") opens.push(`${path.split("/").at(-1)} ${details.flags}`);
    if (request === "READ") opens.push("READ");
  });
  const opened = () => opens.filter((one) => one !== "READ").length;
  /** Sends one file, in one run. */
  const send = async (name: string, bytes = content) => {
    await bridge.put(name, bytes);
    opens.length = 0;
    await bridge.drain();
    const entry = bridge.entries().find(({ path }) => path === name);
    t.is(entry?.state, "delivered", entry?.last_error?.message);
    t.true((await server.files.read(`x/in/${name}`))?.equals(bytes), `${name}: the same bytes`);
    t.deepEqual(
      (await server.files.list("x/in")).filter((path) => path.endsWith(".tmp")),
      [],
    );
  };
  return {
    server,
    bridge,
    opens,
    send,
    /** Sends files until it is known whether several handles work: on a busy machine one may end before it is tried. */
    async sendUntilLearned(before: (turn: number) => Promise<void> = async () => {}) {
      for (let turn = 0; turn < turns && bridge.learned()?.several_handles === undefined; turn++) {
        await before(turn);
        await send(`file-${turn}`);
      }
      return bridge.learned()?.several_handles?.value;
    },
    /** The same until one went over several handles, which are known to work. */
    async sendOverSeveral() {
      for (let turn = 0; turn < turns; turn++) {
        await send(`further-${turn}`);
        if (opened() >= 2) return;
      }
      t.fail(`one handle for each of ${turns} files`);
    },
    reads: () => opens.filter((one) => one === "READ").length,
    opened,
  };
};

test.serial("the first file over several handles is read back, and those after it aren't", async (t) => {
  const { sendUntilLearned, sendOverSeveral, reads } = await setup(t, {});
  t.true(await sendUntilLearned());
  t.true(reads() > 9 * 4, `${reads()} reads`);
  await sendOverSeveral();
  t.true(reads() < 12, `only a look through each handle: ${reads()} reads`);
});

test.serial("small files beside a large one don't take its place at the proof", async (t) => {
  const { bridge, sendUntilLearned } = await setup(t, {});
  t.true(
    await sendUntilLearned(async (turn) => {
      for (const name of ["a", "b", "c"]) await bridge.put(`${name}-${turn}`, randomBytes(100_000));
    }),
  );
});

for (const uploads of ["from-nothing", "from-a-copy"] as const)
  test.serial(
    `each handle is an upload of its own, ${uploads}: the right bytes, and the next run uses one handle at once`,
    async (t) => {
      const found = await setup(t, { uploads });
      const { send, opened, bridge } = found;
      t.false(await found.sendUntilLearned());
      t.notRegex(JSON.stringify(bridge.telemetry.lines), /once more/, "it was seen before anything was written there");
      await send("second");
      t.is(opened(), 1);
    },
  );

test.serial("the same where the size is always told right", async (t) => {
  const { send } = await setup(t, {
    uploads: "from-nothing",
    size: (path) => (path.includes(".") || path.endsWith("first") ? content.length : 0),
  });
  await send("first");
});

test.serial(
  "reads see one file, and each writing handle replaces it: the content tells, and the file is sent again in the same run",
  async (t) => {
    const found = await setup(t, { uploads: "shown-as-one" });
    const { send, bridge, opened } = found;
    t.false(await found.sendUntilLearned());
    t.regex(JSON.stringify(bridge.telemetry.lines), /once more at once, with more care/);
    await send("second");
    t.is(opened(), 1);
  },
);

test.serial("a handle that nothing was written through proves nothing, however right the content is", async (t) => {
  let looks = 0;
  const { send, bridge, opened } = await setup(
    t,
    {
      uploads: "shown-as-one",
      // The file isn't sent before the second handle is looked through, and is sent when that is answered.
      delay: (request) => {
        if (request === "READ") looks++;
        if (request === "READ" && looks === 1) return 3_000;
        return request === "WRITE" && looks === 0 ? 500 : round;
      },
    },
    { sftp: { maxHandlesPerFile: 2 } },
  );
  await send("first");
  t.true(looks > 0);
  t.true(opened() >= 2);
  t.not(bridge.learned()?.several_handles?.value, true);
});

test.serial("writes that come out of order are refused: one after the other, in the same run", async (t) => {
  const { send, bridge } = await setup(t, {
    inOrderOnly: true,
    delay: (request) => (request === "WRITE" ? writing * Math.random() : round),
  });
  await send("first");
  t.like(bridge.learned()?.pipelined_writes, { value: false });
  const before = bridge.telemetry.lines.length;
  await send("second");
  t.notRegex(JSON.stringify(bridge.telemetry.lines.slice(before)), /once more/);
});

test.serial(
  "writes are refused while others wait for an answer: few at one time, in the same run and in the next",
  async (t) => {
    const { send, bridge } = await setup(t, {
      refuse: (request, _path, { waiting }) => (request === "WRITE" && waiting > 12 ? 3 : undefined),
    });
    await send("first");
    t.like(bridge.learned()?.requests, { value: 8 });
    const before = bridge.telemetry.lines.length;
    await send("second");
    t.notRegex(JSON.stringify(bridge.telemetry.lines.slice(before)), /once more/);
  },
);

test.serial("a file may not be opened a second time to be read: one handle, and nothing is read back", async (t) => {
  const found = await setup(t, {
    refuse: (request, _path, { flags, exists }) => (request === "OPEN" && exists && (flags & 1) !== 0 ? 3 : undefined),
  });
  t.false(await found.sendUntilLearned());
  t.is(found.reads(), 0);
});

test.serial("max_handles_per_file = 1 opens each file once", async (t) => {
  const { send, opened } = await setup(t, {}, { sftp: { maxHandlesPerFile: 1 } });
  await send("first");
  t.is(opened(), 1);
});

test.serial("max_handles_per_file = 2 opens it twice", async (t) => {
  const { sendUntilLearned, sendOverSeveral, opened } = await setup(t, {}, { sftp: { maxHandlesPerFile: 2 } });
  t.true(await sendUntilLearned());
  await sendOverSeveral();
  t.is(opened(), 2);
});

test.serial("a server that calls itself OpenSSH isn't believed without its extensions", async (t) => {
  const found = await setup(t, { ident: "OpenSSH_9.6", uploads: "from-nothing" });
  t.false(await found.sendUntilLearned());
});
