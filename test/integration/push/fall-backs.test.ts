/** Pushes to servers that refuse what others take, with whatever status: each optional step has something to fall back on. */
import test, { type ExecutionContext } from "ava";
import type { Quirks } from "../../helpers/sftp/adversary.ts";
import { startSending } from "../../servers/sending.ts";

const exclusive = 0x20;
/** PERMISSION_DENIED, FAILURE, BAD_MESSAGE, OP_UNSUPPORTED, NO_SUCH_FILE. */
const statuses = [3, 4, 5, 8, 2];

for (const status of statuses) {
  test(`CREAT|EXCL is refused with ${status}: CREAT|TRUNC with a name of its own, at once the next time`, async (t) => {
    const { send, bridge, requests } = await startSending(t, {
      refuse: (request, _path, { flags }) => (request === "OPEN" && (flags & exclusive) !== 0 ? status : undefined),
    });
    await send("f", "first");
    t.like(bridge.learned()?.exclusive_open, { value: false });
    await send("f", "second");
    t.is(requests.filter((one) => one === "OPEN /x/in/TEMPORARY").length, 1);
  });

  test(`a rename over a file is refused with ${status}: it is unlinked first, and that is said`, async (t) => {
    const { send, said } = await startSending(t, { rename: "refuses-existing", renameStatus: status });
    await send("f", "first");
    t.notRegex(said(), /unlinking it first/);
    await send("f", "second");
    t.regex(said(), /unlinking it first/);
  });

  test(`posix-rename is announced, and refused with ${status}: a rename, at once the next time`, async (t) => {
    let asked = 0;
    const { send, bridge } = await startSending(t, {
      extensions: {
        "posix-rename@openssh.com": () => {
          asked += 1;
          return status;
        },
      },
      rename: "replaces",
    });
    await send("f", "first");
    t.like(bridge.learned()?.posix_rename, { value: false });
    await send("f", "second");
    t.is(asked, 1);
  });

  for (const [what, rest] of [
    ["files", (exists: boolean, path: string) => exists && path !== "/x/in"],
    ["anything", () => true],
  ] as const)
    test(`nobody may look at ${what} (${status}), or make directories: what is sent is sent all the same`, async (t) => {
      const { send } = await startSending(
        t,
        {
          refuse: (request, path, { exists }) =>
            (["STAT", "LSTAT", "FSTAT", "OPENDIR"].includes(request) && rest(exists, path)) || request === "MKDIR"
              ? request === "MKDIR"
                ? 3
                : status
              : undefined,
        },
        { push: { verify: "off" } },
      );
      await send("f", "content");
    });

  test(`no rename at all (${status}): the file in its place stays, and the error names upload = "direct"`, async (t) => {
    const { server, bridge, said } = await startSending(t, {
      refuse: (request) => (request === "RENAME" ? status : undefined),
    });
    await server.files.write("x/in/f", Buffer.from("theirs"));
    await bridge.put("f", "ours");
    await bridge.drain();
    // What says that a file is missing which is there, or FAILURE for all, can't be told from a refusal to replace.
    if (status === 3 || status === 8) t.is((await server.files.read("x/in/f"))?.toString(), "theirs");
    t.regex(said(), /upload = \\"direct\\"/);
    t.not(bridge.entries()[0]?.state, "delivered");
  });
}

test("a parent that may not be looked at or made: what is below it is made", async (t) => {
  const { send } = await startSending(t, {
    refuse: (request, path) => (path === "/x" && ["STAT", "LSTAT", "MKDIR"].includes(request) ? 3 : undefined),
  });
  await send("sub/deep/f", "content");
});

test("a directory that can't be made is told, not that a file's directory is missing", async (t) => {
  const { bridge, said } = await startSending(t, { refuse: (request) => (request === "MKDIR" ? 3 : undefined) });
  await bridge.put("sub/f", "content");
  await bridge.drain();
  t.regex(said(), /may not write to/);
});

test("a name that a filter refuses: the error names the temporary name and the remedy, with its risk", async (t) => {
  const { bridge, said } = await startSending(t, {
    refuse: (request, path) => (request === "OPEN" && path.endsWith(".tmp") ? 3 : undefined),
  });
  await bridge.put("f.csv", "content");
  await bridge.drain();
  t.regex(said(), /may refuse the temporary name: upload = \\"direct\\".*half a file/);
});

test("uploads are taken when they are closed: twice, and then nothing is sent any more", async (t) => {
  const { bridge, requests, said } = await startSending(t, { takenAtClose: true });
  await bridge.put("f", "content");
  for (let run = 0; run < 4; run++) {
    await bridge.drain();
    bridge.skip(3_700_000);
  }
  t.is(requests.filter((one) => one === "WRITE /x/in/TEMPORARY").length, 2, "sent twice");
  t.regex(said(), /takes? files the moment they are closed.*upload = \\"direct\\"/);
  t.like(bridge.learned()?.keeps_temporary, { value: false });
});

for (const fstat of ["is answered", "isn't known"])
  test(`an upload that is shown seconds after it was closed is no file that was taken: FSTAT ${fstat}`, async (t) => {
    let looks = 0;
    const { server, bridge, requests } = await startSending(t, {
      refuse(request, path, { flags }) {
        if (request === "FSTAT" && fstat === "isn't known") return 8;
        if (!path.endsWith(".tmp") || looks > 2 || (request === "OPEN" && flags !== 1)) return undefined;
        if (/^L?STAT$/.test(request)) looks += 1;
        return ["OPEN", "STAT", "LSTAT", "RENAME"].includes(request) ? 2 : undefined;
      },
    });
    await server.files.write("x/in/f", Buffer.from("the version before"));
    await bridge.put("f", "content");
    await bridge.drain();
    t.is(bridge.entries()[0]?.state, "delivered", bridge.entries()[0]?.last_error?.message);
    t.is((await server.files.read("x/in/f"))?.toString(), "content");
    t.is(requests.filter((one) => one.startsWith("WRITE")).length, 1);
    t.is(bridge.learned()?.keeps_temporary, undefined);
  });

test('the same with upload = "direct" is a delivery', async (t) => {
  const { bridge } = await startSending(t, { takenAtClose: true }, { push: { upload: "direct" } });
  await bridge.put("f", "content");
  await bridge.drain();
  t.is(bridge.entries()[0]?.state, "delivered");
});

test("a rename that says OK and does nothing is no delivery", async (t) => {
  const { bridge, said } = await startSending(t, { rename: "does-nothing" });
  await bridge.put("f", "content");
  await bridge.drain();
  t.not(bridge.entries()[0]?.state, "delivered");
  t.regex(said(), /says that it has renamed the file, and it still has its old name/);
});

// By itself: beside the other tests a second is short for any operation.
test.serial(
  "a rename that copies, for longer than an operation may take, and gives a new time: sent once",
  async (t) => {
    const { server, bridge, requests } = await startSending(
      t,
      { renameCopies: 2_500 },
      { sftp: { operationTimeoutSeconds: 1 } },
    );
    await bridge.put("f", "content");
    for (let run = 0; run < 12 && bridge.entries()[0]?.state !== "delivered"; run++) {
      await bridge.drain();
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      bridge.skip(3_700_000);
    }
    t.is(bridge.entries()[0]?.state, "delivered");
    t.is((await server.files.read("x/in/f"))?.toString(), "content");
    t.is(requests.filter((one) => one.startsWith("WRITE")).length, 1);
    t.like(bridge.learned()?.keeps_time, { value: false });
  },
);

test("a rename that says OK and takes effect six seconds later is waited for", async (t) => {
  const { send, requests } = await startSending(t, { renamesLater: 6_000 });
  await send("f", "content");
  t.is(requests.filter((one) => one === "RENAME /x/in/TEMPORARY").length, 1);
});

for (const older of ["another", "longer than the new one"]) {
  const aboveOlder = async (t: ExecutionContext, quirks: Quirks) => {
    const world = await startSending(t, quirks);
    await world.server.files.write("x/in/f", Buffer.from(older));
    // Its time tells it from the new one, in whole seconds.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    return world;
  };

  test(`a rename over a file that holds "${older}" and takes effect three seconds later is waited for`, async (t) => {
    const { send, server } = await aboveOlder(t, { rename: "replaces", renamesLater: 3_000 });
    await send("f", "content");
    t.deepEqual(await server.files.list("x/in"), ["f"]);
  });

  test(`a rename over a file that holds "${older}" and does nothing is no delivery, and that is said`, async (t) => {
    const { bridge, server } = await aboveOlder(t, { rename: "does-nothing" });
    await bridge.put("f", "content");
    await bridge.drain();
    t.not(bridge.entries()[0]?.state, "delivered");
    t.regex(
      bridge.entries()[0]?.last_error?.message ?? "",
      /says that it has renamed the file, and it still has its old name/,
    );
    t.is((await server.files.read("x/in/f"))?.toString(), older);
  });
}

test("a newer version that gets a name of its own where one is there is no delivery: it is sent again, and the older one removed first", async (t) => {
  const { send, server, bridge, requests } = await startSending(t, {
    rename: "replaces",
    renamesNew: (path) => `${path}(1)`,
  });
  await send("f", "first");
  await bridge.put("f", "the second");
  await bridge.drain();
  t.like(bridge.learned()?.replacing_rename, { value: false });
  t.not(bridge.entries()[0]?.state, "delivered");
  t.regex(bridge.entries()[0]?.last_error?.message ?? "", /5 bytes lie there, where 10 were sent.*another name/);
  bridge.skip(3_700_000);
  await bridge.drain();
  t.is((await server.files.read("x/in/f"))?.toString(), "the second");
  await send("f", "the third one");
  t.is(requests.filter((one) => one.startsWith("WRITE")).length, 1);
});

test("the same where files have their own names from the start: it is removed first in the same run, and from then on", async (t) => {
  const quirks: Quirks = { renamesNew: (path) => `${path}(1)` };
  const { send, bridge, requests } = await startSending(t, quirks, { push: { upload: "direct" } });
  await send("f", "first");
  await send("f", "the second");
  t.like(bridge.learned()?.truncates, { value: false });
  await send("f", "the third one");
  t.is(requests.filter((one) => one.startsWith("WRITE")).length, 1);
});

test("what a server makes of a file at CLOSE is seen: line ends, a cut", async (t) => {
  for (const [atClose, words] of [
    [(bytes: Buffer) => Buffer.from(bytes.toString().replaceAll("\n", "\r\n")), /holds 14 bytes.*12 were sent/],
    [(bytes: Buffer) => bytes.subarray(0, 5), /holds 5 bytes.*12 were sent/],
  ] as const)
    for (const upload of ["atomic", "direct"] as const) {
      const { bridge, said } = await startSending(t, { atClose }, { push: { upload } });
      await bridge.put("f", "line\nline 2\n");
      await bridge.drain();
      t.not(bridge.entries()[0]?.state, "delivered", upload);
      t.regex(said(), words);
    }
});

test("a file that is being used by somebody else can't be renamed yet: nothing is removed, and it isn't sent again", async (t) => {
  let isScanned = true;
  const { server, bridge, requests } = await startSending(t, {
    refuse: (request) =>
      request === "RENAME" && isScanned
        ? [4, "The process cannot access the file because it is being used by another process"]
        : undefined,
  });
  await server.files.write("x/in/f", Buffer.from("the version before"));
  await bridge.put("f", "content");
  await bridge.drain();
  t.is((await server.files.read("x/in/f"))?.toString(), "the version before");
  isScanned = false;
  bridge.skip(3_700_000);
  await bridge.drain();
  t.is((await server.files.read("x/in/f"))?.toString(), "content");
  t.is(requests.filter((one) => one.startsWith("WRITE")).length, 1);
  t.deepEqual(await server.files.list("x/in"), ["f"]);
});

test("a file is held while what it replaces is removed already: it is renamed in the same run", async (t) => {
  let isRemoved = false;
  let held = 0;
  const { send } = await startSending(t, {
    rename: "refuses-existing",
    refuse(request, path) {
      isRemoved ||= request === "REMOVE" && path.endsWith("x/in/f");
      return request === "RENAME" && isRemoved && ++held <= 2 ? 3 : undefined;
    },
  });
  await send("f", "first");
  t.false(isRemoved);
  await send("f", "second");
  t.is(held, 3);
});

test("what lies under the name isn't emptied by TRUNC: it is removed first, at once the next time", async (t) => {
  const { send, server, bridge, requests } = await startSending(t, { keepsOld: true }, { push: { upload: "direct" } });
  for (const name of ["f", "g"]) await server.files.write(`x/in/${name}`, Buffer.alloc(10_000, "old "));
  await send("f", "content");
  t.like(bridge.learned()?.truncates, { value: false });
  await send("g", "content");
  t.is(requests.filter((one) => one.startsWith("WRITE")).length, 1);
});

for (const status of [3, 4])
  test(`a file that is there isn't opened, with ${status}: it is removed first, at once the next time`, async (t) => {
    const { send, server, bridge, requests } = await startSending(
      t,
      {
        refuse: (request, _path, { exists, flags }) =>
          request === "OPEN" && exists && flags !== 1 ? status : undefined,
      },
      { push: { upload: "direct" } },
    );
    for (const name of ["f", "g"]) await server.files.write(`x/in/${name}`, Buffer.alloc(10_000, "old "));
    await send("f", "content");
    t.like(bridge.learned()?.truncates, { value: false });
    await send("g", "content");
    t.is(requests.filter((one) => one === "OPEN /x/in/g").length, 1);
  });

test("a file that can neither be opened nor removed stays as it is, and the error tells of OPEN", async (t) => {
  const { server, bridge } = await startSending(
    t,
    {
      refuse: (request, _path, { flags }) =>
        request === "REMOVE" || (request === "OPEN" && flags !== 1) ? 3 : undefined,
    },
    { push: { upload: "direct" } },
  );
  await server.files.write("x/in/f", Buffer.from("old"));
  await bridge.put("f", "content");
  await bridge.drain();
  t.is((await server.files.read("x/in/f"))?.toString(), "old");
  t.regex(bridge.entries()[0]?.last_error?.message ?? "", /cannot open for writing/);
});

test("nobody may remove: what an attempt has left is used by the next one, and nothing piles up", async (t) => {
  let attempts = 0;
  const { server, bridge } = await startSending(t, {
    refuse: (request) => (request === "REMOVE" || (request === "WRITE" && ++attempts <= 3) ? 3 : undefined),
  });
  await bridge.put("f", "content");
  for (let run = 0; run < 4; run++) {
    await bridge.drain();
    t.is((await server.files.list("x/in")).length, 1);
    bridge.skip(3_700_000);
  }
  t.is(bridge.entries()[0]?.state, "delivered", bridge.entries()[0]?.last_error?.message);
  t.is((await server.files.read("x/in/f"))?.toString(), "content");
});

test("nobody may remove or write: the error tells of OPEN, again and again", async (t) => {
  const { bridge } = await startSending(t, {
    refuse: (request, _path, { flags }) =>
      request === "REMOVE" || (request === "OPEN" && flags !== 1) ? 3 : undefined,
  });
  await bridge.put("f", "content");
  for (let run = 0; run < 2; run++) {
    await bridge.drain();
    t.regex(bridge.entries()[0]?.last_error?.message ?? "", /cannot open for writing/);
    bridge.skip(3_700_000);
  }
});

test("a server that copies to rename: nothing is left under the temporary name", async (t) => {
  const { send, server } = await startSending(t, { keepsRenamed: true, rename: "replaces" });
  await send("f", "first");
  await send("f", "second");
  t.deepEqual(await server.files.list("x/in"), ["f"]);
});

test("a rename that is refused, and has happened all the same, is a delivery, and no server that takes files", async (t) => {
  const { send, bridge } = await startSending(t, { rename: "refuses-and-renames" });
  await send("f", "content");
  t.is(bridge.learned()?.keeps_temporary, undefined);
});

test("a server that answers FAILURE to REMOVE of what isn't there stops nothing", async (t) => {
  let isFirst = true;
  const { bridge } = await startSending(t, {
    refuse(request, _path, { exists }) {
      if (request === "REMOVE" && !exists) return 4;
      if (request !== "OPEN" || !isFirst) return undefined;
      isFirst = false;
      return [4, "disk full"];
    },
  });
  await bridge.put("f", "content");
  for (let run = 0; run < 2; run++) {
    await bridge.drain();
    bridge.skip(3_700_000);
  }
  t.is(bridge.entries()[0]?.state, "delivered", bridge.entries()[0]?.last_error?.message);
});

test("what begins with a dot can't be looked at: a file is replaced all the same", async (t) => {
  const { server, send } = await startSending(t, {
    rename: "refuses-existing",
    refuse: (request, path) => (/^L?STAT$/.test(request) && path.includes("/.") ? 2 : undefined),
  });
  await server.files.write("x/in/f", Buffer.from("the version before"));
  await send("f", "content");
});

for (const [request, trait] of [
  ["FSTAT", "fstat"],
  ["SETSTAT", "set_attributes"],
] as const)
  test(`${request} ends the connection: it is sent once, and never again`, async (t) => {
    const { bridge, requests } = await startSending(
      t,
      { refuse: (asked) => (asked === request ? "drop" : undefined) },
      { push: { mode: 0o640 } },
    );
    // Without a WRITE that waits as well.
    await bridge.put("f", "");
    await bridge.drain();
    bridge.skip(20 * 60_000);
    await bridge.drain();
    t.is(bridge.entries()[0]?.state, "delivered");
    t.like(bridge.learned()?.[trait], { value: false });
    t.is(requests.filter((one) => one.startsWith(`${request} `)).length, 1);
  });

for (const [what, asked, trait] of [
  ["STAT", (request: string) => request === "STAT", "stat"],
  ["LSTAT", (request: string) => request === "LSTAT", "stat"],
  [
    "an exclusive OPEN",
    (request: string, flags: number) => request === "OPEN" && (flags & exclusive) !== 0,
    "exclusive_open",
  ],
] as const)
  test(`${what} ends the connection: once is chance, and after the second time it is never sent again`, async (t) => {
    let sent = 0;
    const { send, bridge } = await startSending(t, {
      refuse(request, _path, { flags }) {
        if (!asked(request, flags)) return undefined;
        sent += 1;
        return "drop";
      },
    });
    await bridge.put("f", "content");
    await bridge.drain();
    t.true(sent > 0);
    t.is(bridge.learned()?.[trait], undefined);
    for (let run = 0; run < 2; run++) {
      bridge.skip(20 * 60_000);
      await bridge.drain();
    }
    t.is(bridge.entries()[0]?.state, "delivered", bridge.entries()[0]?.last_error?.message);
    t.like(bridge.learned()?.[trait], { value: false });
    sent = 0;
    await send("g", "another");
    t.is(sent, 0);
  });

for (const upload of ["atomic", "direct"] as const)
  test(`an upload that is put away for a refused look is sent again without, at once: ${upload}`, async (t) => {
    let isRefused = false;
    const quirks: Quirks = {
      takenAtClose: () => isRefused,
      refuse(request) {
        if (request === "OPEN") isRefused = false;
        if (request === "FSTAT") isRefused = true;
        return request === "FSTAT" ? 4 : undefined;
      },
    };
    const { send } = await startSending(t, quirks, { push: { upload } });
    await send("f", "content");
  });

test("neither EXCL nor TRUNC is borne: files are made with CREAT alone", async (t) => {
  const { send } = await startSending(t, {
    refuse: (request, _path, { flags }) => (request === "OPEN" && (flags & 0x30) !== 0 ? 8 : undefined),
  });
  await send("f", "first");
  await send("f", "second");
});

for (const upload of ["atomic", "direct"] as const)
  test(`names that end in dots or blanks, on a server that leaves those out: not sent in the place of another: ${upload}`, async (t) => {
    const trimmed = (path: string) => path.replace(/([^/. ])[. ]+(?=\/|$)/g, "$1");
    for (const oneFile of [trimmed, undefined]) {
      const { server, bridge } = await startSending(
        t,
        { ...(oneFile && { oneFile, keptAs: oneFile }) },
        { push: { upload } },
      );
      await server.files.mkdir("x/in");
      const odd = ["f.", "f ", "sub. /f"];
      for (const name of [...odd, "f"]) await bridge.put(name, `content of ${name}`);
      await bridge.drain();
      for (const { path, state, last_error } of bridge.entries()) {
        const isRefused = oneFile !== undefined && odd.includes(path);
        t.is(state, isRefused ? "pending" : "delivered", path);
        if (isRefused) t.regex(last_error?.message ?? "", /leaves out the .*give the object a key without/);
      }
      t.is((await server.files.read("x/in/f"))?.toString(), "content of f");
    }
  });
