/** Pulls from servers that leave things unsaid, say them twice differently, or say OK and do nothing. */
import { randomBytes } from "node:crypto";
import test, { type ExecutionContext } from "ava";
import type { Quirks } from "../../helpers/sftp/adversary.ts";
import { type BridgeOptions, createBridge } from "../../servers/bridge.ts";
import { startTrait } from "../../servers/traits.ts";

const hour = 3_600_000;
const content = Buffer.alloc(300_000, "content ");

const start = async (t: ExecutionContext, quirks: Quirks, options: BridgeOptions = {}) => {
  const server = await startTrait({ name: "", remark: "", quirks: () => quirks });
  t.teardown(() => server.stop());
  const bridge = await createBridge(t, server, "/x", options);
  const errors = () => bridge.telemetry.lines.filter(({ level }) => level === "error");
  const moved = () =>
    bridge.telemetry.records.reduce<number>((sum, one) => sum + (one as { readonly files: number }).files, 0);
  return { server, bridge, errors, moved };
};

test("a handle's time is held against the handle's, and a path's against the path's", async (t) => {
  for (const odd of ["FSTAT", "STAT", "READDIR"]) {
    const attributes: Quirks["attributes"] = (all, request) =>
      request === odd ? { ...all, mtime: all.mtime - 77 } : all;
    const { server, bridge } = await start(t, { attributes }, { pull: { after: "delete" } });
    await server.files.write("x/out/f", content);
    await bridge.poll();
    t.true(bridge.pulled("f")?.equals(content), odd);
    t.deepEqual(await server.files.list("x/out"), [], odd);
  }
});

test("where neither size nor time is told, a file that grows is left until it holds still", async (t) => {
  let grow = () => {};
  const { server, bridge } = await start(t, {
    attributes: ({ mode }) => ({ mode }),
    onRead: (_path, offset) => void (offset >= content.length && grow()),
  });
  await server.files.write("x/out/f", content);
  const partner = await bridge.connect();
  t.teardown(() => partner.close());
  // The last READ has shown the end: half a second later it is none.
  grow = () => {
    grow = () => {};
    setTimeout(async () => {
      const writer = await partner.openWrite("/x/out/f", { mode: "resume", offset: content.length });
      await writer.write(Buffer.from("more"));
      await writer.close();
    }, 500);
  };
  await bridge.poll();
  t.is(bridge.pulled("f")?.toString().slice(-4), "more");
});

test("a file that is gone with its handle once it was read is kept", async (t) => {
  for (const after of ["move", "delete", "keep"] as const) {
    const { server, bridge } = await start(t, { deletesOnRead: "with-handle" }, { pull: { after } });
    await server.files.write("x/out/f", content);
    await bridge.poll();
    t.true(bridge.pulled("f")?.equals(content));
    t.is(bridge.entries()[0]?.state, "delivered");
  }
});

test("a file that is shown and can't be opened is a failure, and not gone", async (t) => {
  const { server, bridge, errors } = await start(t, { refuse: (request) => (request === "OPEN" ? 2 : undefined) });
  await server.files.write("x/out/f", content);
  await bridge.poll();
  t.is(bridge.entries()[0]?.state, "pending");
  t.regex(String(errors()[0]?.fields["reason"]), /no such file, and shows it all the same/);
});

test("a file that was gone, and is listed again, is a failure as well, and ends when it is no longer listed", async (t) => {
  const { server, bridge, errors } = await start(t, {
    refuse: (request, path) => (path === "/x/out/f" && ["OPEN", "STAT", "LSTAT"].includes(request) ? 2 : undefined),
  });
  await server.files.write("x/out/f", content);
  await bridge.poll();
  t.is(bridge.entries()[0]?.state, "gone");
  bridge.skip(hour);
  await bridge.poll();
  t.is(bridge.entries()[0]?.state, "pending");
  t.is(errors().length, 1);
  const partner = await bridge.connect();
  await partner.remove("/x/out/f");
  await partner.close();
  bridge.skip(hour);
  await bridge.drain();
  t.is(bridge.entries()[0]?.state, "gone");
});

test("a server that says OK and doesn't delete or rename gets an error; the copy counts once and isn't made again", async (t) => {
  for (const [quirks, after, words] of [
    [{ keepsRemoved: true }, "delete", /answers OK, and the file is still there/],
    [{ rename: "does-nothing" }, "move", /answers OK, and the file is still in its place/],
  ] as const) {
    const { server, bridge, errors, moved } = await start(t, quirks, { pull: { after } });
    await server.files.write("x/out/f", content);
    for (let run = 0; run < 3; run++) {
      await bridge.poll();
      bridge.skip(2 * hour);
    }
    t.regex(String(errors()[0]?.fields["reason"]), words);
    t.is(errors().length, 3);
    t.true(bridge.pulled("f")?.equals(content));
    const [entry] = bridge.entries();
    t.like(entry, { state: "pending" });
    t.is(entry?.deliveries.length, 1);
    t.is(moved(), 1, "and is counted once");
    t.deepEqual(await server.files.list("x/out"), ["f"]);
  }
});

test("a server without directories: a file is moved to .done all the same", async (t) => {
  const { server, bridge, errors } = await start(t, { noDirectories: true });
  await server.files.write("x/out/f", content);
  await bridge.poll();
  t.deepEqual(errors(), []);
  t.is(bridge.entries()[0]?.state, "delivered");
  t.is(await server.files.read("x/out/f"), undefined);
});

test("a server that has no names with dots: the error names what needs none", async (t) => {
  const { server, bridge, errors } = await start(t, {
    refuse: (request, path) =>
      request === "MKDIR" || (request === "RENAME" && path.startsWith("/x/out")) ? 3 : undefined,
  });
  await server.files.write("x/out/f", content);
  await bridge.poll();
  t.regex(String(errors()[0]?.fields["error"]), /cannot make the directory.*begin with a dot.*pull\.archive/s);
});

test("READs ask for whole pages, whatever a file has: some servers break the protocol over others", async (t) => {
  const lengths = new Set<number>();
  const odd = Buffer.alloc(300_001, "odd");
  const { server, bridge } = await start(t, {
    shortReads: 32_768,
    onRead: (_path, _offset, length) => void lengths.add(length % 4096),
  });
  await server.files.write("x/out/f", odd);
  await server.files.write("x/out/g", Buffer.from("small"));
  await bridge.poll();
  t.true(bridge.pulled("f")?.equals(odd));
  t.is(bridge.pulled("g")?.toString(), "small");
  t.deepEqual([...lengths], [0]);
});

test("a server that copies instead of renaming is left with the copy in .done", async (t) => {
  const { server, bridge, errors } = await start(t, { keepsRenamed: true });
  await server.files.write("x/out/f", content);
  await bridge.poll();
  t.deepEqual(errors(), []);
  t.regex((await server.files.list("x/out")).join(), /^\.done\/\d{14}-f$/);
  t.is(bridge.entries()[0]?.state, "delivered");
});

test("a second handle that gives other bytes is not read", async (t) => {
  const large = randomBytes(12 * 1024 * 1024);
  const { server, bridge } = await start(t, {
    delay: 6,
    bytesOfHandle: (bytes, count) => void (count === 1 && bytes.fill("x")),
  });
  // On the first channel, the first handle is the listing's.
  await server.files.write("x/out/f", large);
  await bridge.poll();
  t.true(bridge.pulled("f")?.equals(large));
});

test("a server that gives each handle the file from its start, wherever is read, is read through one", async (t) => {
  const large = randomBytes(12 * 1024 * 1024);
  const { server, bridge } = await start(t, { delay: 6, readsInOrder: true });
  await server.files.write("x/out/f", large);
  await bridge.poll();
  t.true(bridge.pulled("f")?.equals(large));
});

test("times that change with each look, or with each OPEN, are found to say nothing", async (t) => {
  for (const kind of ["look", "open"] as const) {
    let count = 0;
    const { server, bridge } = await start(t, {
      attributes: (all) => {
        if (kind === "look") count += 1;
        return { ...all, mtime: all.mtime + count };
      },
      refuse: (request) => {
        if (kind === "open" && request === "OPEN") count += 1;
        return undefined;
      },
    });
    await server.files.write("x/out/f", content);
    await bridge.poll();
    for (let run = 0; run < 3 && bridge.pulled("f") === undefined; run++) {
      bridge.skip(hour);
      await bridge.drain();
    }
    t.deepEqual(bridge.pulled("f"), content, kind);
    t.like(bridge.learned()?.times, { value: false });
  }
});

test("a file that is open can't be moved or deleted: it is closed first", async (t) => {
  for (const after of ["delete", "move"] as const) {
    const delay = (request: string) => (request === "CLOSE" ? 200 : 0);
    const { server, bridge, errors } = await start(t, { locksOpen: true, delay }, { pull: { after } });
    await server.files.write("x/out/f", content);
    await bridge.poll();
    t.deepEqual(errors(), [], after);
    t.is(bridge.entries()[0]?.state, "delivered");
  }
});

test("a directory that is known with a slash behind it only is listed", async (t) => {
  const { server, bridge } = await start(t, { slashed: true }, { pull: { after: "delete" } });
  await server.files.write("x/out/sub/f", content);
  await bridge.poll();
  t.deepEqual(bridge.pulled("sub/f"), content);
});

test("a look at the open file ends the reading, or the connection: it is sent once", async (t) => {
  for (const isEnd of [true, false]) {
    let looks = 0;
    const { server, bridge } = await start(t, {
      refuse(request) {
        if (request === "FSTAT") looks += 1;
        if (request === "FSTAT" && isEnd) return "drop";
        return request === "FSTAT" || (request === "READ" && looks > 0 && bridge.learned()?.fstat === undefined)
          ? 4
          : undefined;
      },
    });
    await server.files.write("x/out/f", content);
    await bridge.poll();
    bridge.skip(hour);
    await bridge.drain();
    t.deepEqual(bridge.pulled("f"), content, String(isEnd));
    t.is(looks, 1);
  }
});

test("a session that ends with each closed file is made anew in the same run, until a server goes on", async (t) => {
  let ends: Quirks["endsAtClose"] = "connection";
  const quirks: Quirks = {
    get endsAtClose() {
      return ends;
    },
  };
  const { server, bridge, errors } = await start(t, quirks, { pull: { after: "delete" } });
  const names = ["a", "b", "c", "d"];
  for (const name of names) await server.files.write(`x/out/${name}`, content);
  await bridge.poll();
  t.deepEqual(bridge.allPulled(), names);
  t.deepEqual(await server.files.list("x/out"), []);
  t.deepEqual(errors(), []);
  t.like(bridge.learned()?.goes_on_after_close, { value: false });
  ends = undefined;
  await server.files.write("x/out/e", content);
  await bridge.poll();
  t.true(bridge.pulled("e")?.equals(content));
  t.like(bridge.learned()?.goes_on_after_close, { value: true });
});

test("a server that ends with each file, and lets nobody in again for a while: that is no file's failure", async (t) => {
  for (const refusal of ["ban", "log-in"]) {
    let allowed = 2;
    const { server, bridge, errors } = await start(
      t,
      {
        endsAtClose: "connection",
        logIn: () => (refusal === "log-in" && allowed-- <= 0 ? "disconnect" : "accept"),
        meets: (client) => void (refusal === "ban" && allowed-- <= 0 && client.end()),
      },
      { pull: { after: "keep" }, sftp: { server: { goes_on_after_close: false } } },
    );
    const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    for (const name of names) await server.files.write(`x/out/${name}`, content);
    await bridge.poll();
    for (let run = 0; run < 4; run++) {
      bridge.skip(hour);
      allowed = 1;
      await bridge.drain();
    }
    const waiting = bridge.entries().filter(({ state }) => state !== "delivered");
    t.true(waiting.length > 0, "it was let in once a run");
    for (const { attempts, next_attempt } of waiting) {
      t.true(attempts <= 1, String(attempts));
      t.true(next_attempt <= Date.now() + 6 * hour);
    }
    t.deepEqual(
      errors().filter(({ fields }) => fields["path"] !== undefined),
      [],
      "no file is blamed",
    );
    bridge.skip(hour);
    allowed = 100;
    await bridge.drain();
    t.deepEqual(bridge.allPulled(), names);
  }
});

test("a connection that ends later than with a closed file says nothing of closed files", async (t) => {
  let end: (() => void) | undefined;
  const { server, bridge } = await start(
    t,
    {
      meets(client) {
        end ??= () => client.end();
      },
      refuse(request) {
        if (request !== "REMOVE") return undefined;
        // Once what was asked before is answered.
        setTimeout(() => end?.(), 100);
        return "ignore";
      },
    },
    { pull: { after: "delete" } },
  );
  await server.files.write("x/out/a", content);
  await bridge.poll();
  t.is(bridge.learned()?.goes_on_after_close, undefined);
});

test("a server that ends each connection after a while: every run gets further than the one before", async (t) => {
  const large = randomBytes(24 * 1024 * 1024);
  let reads = 0;
  const { server, bridge } = await start(t, {
    refuse: (request) => (request === "READ" && ++reads % 400 === 0 ? "drop" : undefined),
  });
  await server.files.write("x/out/f", large);
  for (let run = 0; run < 6 && bridge.pulled("f") === undefined; run++) {
    await bridge.poll();
    bridge.skip(hour);
  }
  t.true(bridge.pulled("f")?.equals(large));
});

test("files that are refused because too many are open are tried with fewer, whatever the words", async (t) => {
  for (const refusal of [3, 4, [4, "Too many open files"]] as const) {
    const { server, bridge, errors } = await start(t, {
      delay: 2,
      refuse: (request, _path, { open }) => (request === "OPEN" && open >= 5 ? refusal : undefined),
    });
    for (let n = 0; n < 30; n++) await server.files.write(`x/out/${n}`, Buffer.from(`content ${n}`));
    await bridge.poll();
    t.is(bridge.allPulled().length, 30, String(refusal));
    t.deepEqual(errors(), []);
  }
});

test("more READs are refused than the server bears: they are asked again among few, and the next run asks so", async (t) => {
  const large = Buffer.alloc(6_000_000, "content ");
  let refused = 0;
  const { server, bridge } = await start(
    t,
    {
      delay: 20,
      refuse: (request, _path, { waiting }) => {
        if (request !== "READ" || waiting <= 12) return undefined;
        refused += 1;
        return 4;
      },
    },
    { pull: { after: "delete" } },
  );
  await server.files.write("x/out/f", large);
  await bridge.poll();
  t.true(bridge.pulled("f")?.equals(large));
  t.true(refused > 0, "it was too much at first");
  t.like(bridge.learned()?.requests, { value: 8 });
  const before = refused;
  await server.files.write("x/out/g", large);
  await bridge.poll();
  t.true(bridge.pulled("g")?.equals(large));
  t.is(refused, before);
});

test("kept files whose changes can't be seen are counted as such", async (t) => {
  const { server, bridge } = await start(t, { attributes: ({ mode }) => ({ mode }) }, { pull: { after: "keep" } });
  await server.files.write("x/out/f", content);
  await bridge.poll();
  t.true(bridge.pulled("f")?.equals(content));
  bridge.skip(hour);
  await bridge.poll();
  t.regex(JSON.stringify(bridge.left()), /"version-unknown":\{"count":1\b/);
});

test("a file made known before it was learned that times say nothing is delivered once, though it is kept", async (t) => {
  let looks = 0;
  let isLocked = true;
  const { server, bridge } = await start(
    t,
    {
      attributes: (all) => ({ ...all, mtime: all.mtime + ++looks }),
      refuse: (request, path) => (request === "OPEN" && path.endsWith("/late") && isLocked ? 3 : undefined),
    },
    { pull: { after: "keep" } },
  );
  for (const name of ["f", "late"]) await server.files.write(`x/out/${name}`, content);
  await bridge.poll();
  for (let run = 0; run < 10 && bridge.learned()?.times === undefined; run++) {
    bridge.skip(hour);
    await bridge.drain();
  }
  t.like(bridge.learned()?.times, { value: false });
  isLocked = false;
  bridge.skip(hour);
  await bridge.drain();
  t.deepEqual(bridge.allPulled(), ["f", "late"]);
  bridge.skip(hour);
  await bridge.poll();
  for (const { path, deliveries } of bridge.entries()) t.is(deliveries.length, 1, path);
});

test("kept files are not pulled again once it is forgotten that times say nothing, and are when times hold still again", async (t) => {
  for (const forget of ["expired", "by the user"] as const) {
    let looks = 0;
    let step = 1;
    const attributes: Quirks["attributes"] = (all) => {
      looks += step;
      return { ...all, mtime: all.mtime + looks };
    };
    const { server, bridge } = await start(t, { attributes }, { pull: { after: "keep" } });
    const names = ["a", "b", "sub/c"];
    for (const name of names) await server.files.write(`x/out/${name}`, content);
    await bridge.poll();
    for (let run = 0; run < 10 && bridge.allPulled().length < names.length; run++) {
      bridge.skip(hour);
      await bridge.drain();
    }
    t.deepEqual(bridge.allPulled(), names);
    if (forget === "by the user") {
      // As it was recorded before the habit was known.
      for (const entry of bridge.entries())
        Object.assign(entry.deliveries[0] ?? {}, { identity: `${content.length}:1700000000`, listed: undefined });
      await bridge.poll();
    }
    const forgotten = async () => {
      if (forget === "expired") bridge.skip(8 * 24 * hour);
      else bridge.forgetTraits();
      await bridge.poll();
    };
    const deliveries = () => bridge.entries().map((entry) => `${entry.path} ${entry.deliveries.length}`);
    await forgotten();
    t.deepEqual(deliveries(), ["a 1", "b 1", "sub/c 1"], forget);
    t.like(bridge.learned()?.times, { value: false }, "learned again, of one of them");
    t.regex(JSON.stringify(bridge.left()), /"version-unknown":\{"count":3\b/);
    // The server was mended: times are believed again, from what they are now on.
    step = 0;
    await forgotten();
    t.deepEqual(deliveries(), ["a 1", "b 1", "sub/c 1"], forget);
    t.is(bridge.learned()?.times, undefined);
    t.notRegex(JSON.stringify(bridge.left()), /version-unknown/);
    await server.files.write("x/out/b", content, 60);
    await bridge.poll();
    t.deepEqual(deliveries(), ["a 1", "b 2", "sub/c 1"], forget);
  }
});

test("that times change by themselves is learned of a server far away as well", async (t) => {
  let looks = 0;
  const attributes: Quirks["attributes"] = (all) => ({ ...all, mtime: all.mtime + ++looks });
  const { server, bridge } = await start(t, { attributes, delay: (request) => (request === "STAT" ? 600 : 0) });
  await server.files.write("x/out/f", content);
  await bridge.poll();
  for (let run = 0; run < 10 && bridge.learned()?.times === undefined; run++) {
    bridge.skip(hour);
    await bridge.drain();
  }
  t.like(bridge.learned()?.times, { value: false });
});

test("fewer bytes than were told, and no blocks, are half a file: they are left, and the error names the setting", async (t) => {
  const { server, bridge, errors } = await start(t, { size: (_path, size) => size + 7 });
  for (const name of ["a", "b", "c", "d"]) await server.files.write(`x/out/${name}`, content.subarray(0, 1001));
  for (let run = 0; run < 3; run++) {
    await bridge.poll();
    bridge.skip(hour);
  }
  t.deepEqual(bridge.allPulled(), []);
  t.is(bridge.learned()?.exact_sizes, undefined);
  t.regex(String(errors().at(-1)?.fields["reason"]), /sftp\.server = \{ exact_sizes = false \}.*isn't noticed/);
});

test("where sizes are known to be wrong, a file that grows behind its end is left until it holds still", async (t) => {
  let grow = () => {};
  const { server, bridge } = await start(
    t,
    {
      size: (_path, size) => Math.ceil(size / 1_000_000) * 1_000_000,
      onRead: (_path, offset) => void (offset > 0 && grow()),
    },
    { sftp: { server: { exact_sizes: false } } },
  );
  await server.files.write("x/out/f", content);
  const partner = await bridge.connect();
  t.teardown(() => partner.close());
  grow = () => {
    grow = () => {};
    setTimeout(async () => {
      const writer = await partner.openWrite("/x/out/f", { mode: "resume", offset: content.length });
      await writer.write(Buffer.from("more"));
      await writer.close();
    }, 500);
  };
  for (let run = 0; run < 3 && bridge.pulled("f") === undefined; run++) {
    await bridge.poll();
    bridge.skip(hour);
  }
  t.is(bridge.pulled("f")?.toString().slice(-4), "more");
});

test("a file that can't be read, and an empty list under its name, is a failure and no directory", async (t) => {
  const { server, bridge, errors } = await start(t, { refuse: (request) => (request === "READ" ? 4 : undefined) });
  await server.files.write("x/out/f", content);
  await bridge.poll();
  t.is(bridge.entries()[0]?.state, "pending");
  t.is(errors().length, 1);
  t.is(bridge.learned()?.told_types, undefined);
});

test("a handle that shows another file than its path is not read for it, whatever the sizes", async (t) => {
  for (const [other, mine] of [
    [content.subarray(0, 18), content],
    [content, content.subarray(0, 18)],
  ] as const) {
    const { server, bridge, errors } = await start(
      t,
      { handleShows: (path) => (path === "/x/out/f" ? "/x/other" : undefined) },
      { pull: { after: "delete" } },
    );
    await server.files.write("x/other", other);
    await server.files.write("x/out/f", mine);
    for (let run = 0; run < 3; run++) {
      await bridge.poll();
      bridge.skip(hour);
    }
    t.is(bridge.pulled("f"), undefined);
    t.deepEqual(await server.files.list("x/out"), ["f"]);
    t.regex(String(errors()[0]?.fields["reason"]), /mixed up two files/);
  }
});

test("a handle that is given twice ends the connection at once: no file gets the bytes of another", async (t) => {
  const { server, bridge } = await start(t, { handlesTwice: true, delay: 2 }, { pull: { after: "delete" } });
  const names = Array.from({ length: 12 }, (_, index) => `f${index}`);
  // All of one size and time: nothing but the handle tells.
  for (const name of names) await server.files.write(`x/out/${name}`, Buffer.alloc(5000, name));
  for (let run = 0; run < 6 && bridge.allPulled().length < names.length; run++) {
    await bridge.poll();
    bridge.skip(hour);
  }
  for (const name of names) t.true(bridge.pulled(name)?.equals(Buffer.alloc(5000, name)), name);
  t.like(bridge.learned()?.open_files, { value: 1 });
});

/** Names of files without a listing's batch of requests among them: everything is read at once. */
const several = ["a", "b", "c", "sub/d"];

const writeAll = async (server: Awaited<ReturnType<typeof start>>["server"], names: readonly string[] = several) => {
  for (const name of names) await server.files.write(`x/out/${name}`, Buffer.from(`content of ${name}`));
};

const timeout = { operationTimeoutSeconds: 3 };

test("one OPEN is never answered, and others are: it is that file's failure, and the connection goes on", async (t) => {
  const refuse: Quirks["refuse"] = (request, path) =>
    request === "OPEN" && path.endsWith("/b") ? "ignore" : undefined;
  const { server, bridge, errors } = await start(t, { refuse }, { pull: { after: "delete" }, sftp: timeout });
  await writeAll(server);
  t.like(await bridge.poll(), { result: "drained", files: 3 });
  t.deepEqual(bridge.allPulled(), ["a", "c", "sub/d"]);
  const entry = bridge.entries().find(({ path }) => path === "b");
  t.is(entry?.state, "pending");
  t.regex(entry?.last_error?.message ?? "", /no answer within 3 s to: open for reading .* while other requests were/);
  t.is(errors().length, 1, JSON.stringify(errors()));
  t.falsy(bridge.learned()?.requests ?? bridge.learned()?.open_files, "which says nothing of limits");
  t.is(bridge.relay.connections.made, 1);
});

test("one READ is never answered: the others are moved in the same run, over another connection", async (t) => {
  const refuse: Quirks["refuse"] = (request, path) =>
    request === "READ" && path.endsWith("/b") ? "ignore" : undefined;
  const sftp = { ...timeout, server: { open_files: 1 } };
  const { server, bridge, errors } = await start(t, { refuse }, { pull: { after: "delete" }, sftp });
  await writeAll(server);
  t.like(await bridge.poll(), { result: "drained" });
  t.deepEqual(bridge.allPulled(), ["a", "c", "sub/d"]);
  t.deepEqual(
    errors().map(({ fields }) => fields["path"]),
    ["b"],
  );
});

test("a directory whose list is never answered, nor anything behind it: the files are pulled in the same run", async (t) => {
  let stuck = 0;
  const { server, bridge, errors } = await start(
    t,
    {
      meets: () => {
        stuck = 0;
      },
      refuse: (request, path) => {
        if (request === "OPENDIR" && path.endsWith("/sub")) stuck = 1;
        return stuck > 0 ? "ignore" : undefined;
      },
    },
    { pull: { after: "delete" }, sftp: timeout },
  );
  await writeAll(server, [...several, "tub/e"]);
  t.like(await bridge.poll(), { result: "drained" });
  t.deepEqual(bridge.allPulled(), ["a", "b", "c", "tub/e"]);
  t.is(bridge.relay.connections.made, 2, "it isn't listed again");
  t.regex(JSON.stringify(errors().map(({ fields }) => String(fields["error"]))), /no answer within 3 s to: list .*sub/);
});

test("a list that ends with FAILURE: what was listed is pulled, and the rest is told of, unless the server always ends so", async (t) => {
  for (const server of [{}, { ends_lists: false }]) {
    const page: Quirks["page"] = (names) => (names.length === 0 ? 4 : names);
    const started = await start(t, { page }, { sftp: { server } });
    await writeAll(started.server);
    await started.bridge.poll();
    t.deepEqual(started.bridge.allPulled(), several);
    const told = started.errors().map(({ fields }) => String(fields["error"]));
    t.is(told.length, server.ends_lists === false ? 0 : 2);
    for (const one of told) t.regex(one, /in the middle of the list, or at its end.*ends_lists = false/);
    const left = started.bridge.left() as { directory?: { count: number } } | undefined;
    t.is(left?.directory?.count, server.ends_lists === false ? undefined : 2);
  }
});

test("a list that begins again and again has an end, and each file is pulled once", async (t) => {
  for (const [batch, length] of [
    [100, 1],
    [2, 3],
  ] as const) {
    const pages = new Map<string, (readonly string[])[]>();
    const page: Quirks["page"] = (names, answers) => {
      const key = String(names.find((name) => name !== "." && name !== "..") ?? "");
      const all = pages.get("now") ?? [];
      if (answers === 0) all.length = 0;
      if (answers < length && names.length > 0) all.push(names);
      pages.set("now", all);
      return key === "" && names.length === 0 ? (all[answers % Math.max(all.length, 1)] ?? 1) : names;
    };
    const { server, bridge, moved } = await start(t, { page, batch }, { pull: { after: "keep" } });
    await writeAll(server, ["a", "b", "c"]);
    await bridge.poll();
    t.deepEqual(bridge.allPulled(), ["a", "b", "c"]);
    t.is(moved(), 3);
    t.true(bridge.telemetry.lines.some(({ message }) => message.startsWith("A list has no end")));
  }
});

for (const [what, behind] of [
  ["a NUL", "\0"],
  ["the end of a line", "\r\n"],
  ["a blank", " "],
  ["the mark of a program", "*"],
] as const)
  test(`${what} behind each name in lists is no part of it, unless there is such a name`, async (t) => {
    const written = (name: string) => (name === "own " ? name : `${name}${behind}`);
    const { server, bridge, errors } = await start(t, { written }, { pull: { after: "move" } });
    await writeAll(server, [...several, "own "]);
    await bridge.poll();
    t.deepEqual(bridge.allPulled(), ["a", "b", "c", "own ", "sub/d"]);
    t.deepEqual(errors(), []);
    bridge.skip(hour);
    await bridge.poll();
    t.deepEqual(
      bridge.entries().map(({ state, deliveries }) => [state, deliveries.length]),
      [...several, "own "].map(() => ["delivered", 1]),
    );
  });
