/**
 * A program: drains two partners side by side in one process, as Lambda's runtime runs it, while the work of one goes wrong
 * where nobody waits. Prints what came of both. The argument says in which way.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { takeOverUncaught } from "../../lambda/src/concurrency/contain.ts";
import { partnerOf } from "../../lambda/src/config/types.ts";
import { drainAll } from "../../lambda/src/invocation.ts";
import { openRemote } from "../../lambda/src/sftp/open.ts";
import * as p from "./sftp/packets.ts";
import { startRaw } from "./sftp/raw-server.ts";
import { pull, stream } from "./streams.ts";
import { createWorld } from "./world.ts";

const way = process.argv[2] ?? "";
// What Lambda's runtime does.
process.on("uncaughtException", (error) => {
  console.log("RUNTIME", error.message);
  process.exit(129);
});
process.on("unhandledRejection", (reason) => {
  console.log("RUNTIME", String(reason));
  process.exit(128);
});
if (process.argv[3] !== "bare") takeOverUncaught();

const startPartner = (slow: number) => {
  let listed = false;
  const file = p.attributes(p.modes.file, 1_000);
  return startRaw(({ type, id, send }) => {
    if (type === "OPENDIR" || type === "OPEN") send(p.handle(id));
    else if (type === "READDIR") {
      send(listed ? p.status(id, p.codes.eof) : p.names(id, [["report.csv", file]]));
      listed = true;
    } else if (type === "READ") setTimeout(() => send(p.data(id, Buffer.alloc(1_000, 66))), slow);
    else if (["STAT", "LSTAT", "FSTAT"].includes(type)) send(p.attrs(id, file));
    else send(p.status(id, p.codes.ok));
  });
};
const [evil, good] = await Promise.all([startPartner(60_000), startPartner(500)]);
const streams = [
  stream({ name: "evil", sftp: evil.config, pull: { ...pull, prefix: "evil/" } }),
  stream({ name: "good", sftp: good.config, pull: { ...pull, prefix: "good/", after: "keep" } }),
];
const world = createWorld(...streams);
const bridge = world.bridge();
for (const one of streams) await bridge.poll(one);

const ways: Readonly<Record<string, () => void>> = {
  rejection: () => void Promise.reject(new Error("nobody waits for me")),
  "late rejection": () =>
    void (async () => {
      await sleep(10);
      throw new Error("nobody waits for me");
    })(),
  timer: () => {
    setTimeout(() => {
      throw new Error("nobody waits for me");
    }, 10);
  },
  tick: () =>
    process.nextTick(() => {
      throw new Error("nobody waits for me");
    }),
  "no error": () => void Promise.reject("nobody waits for me"),
};
if (way === "elsewhere")
  setTimeout(() => {
    throw new Error("of no partner");
  }, 100);
await drainAll(
  {
    ...bridge.invocation,
    deps: {
      ...bridge.deps,
      connect: async (partner, signal) => {
        const remote = await openRemote(partner.sftp, { password: "secret" }, { signal });
        if (partner.streams[0]?.name !== "evil") return remote;
        return {
          ...remote,
          openRead: (path, hint) => {
            ways[way]?.();
            return way === "stuck"
              ? new Promise(() => void Promise.reject(new Error("nobody waits for me")))
              : remote.openRead(path, hint);
          },
        };
      },
    },
  },
  streams.map(({ sftp }) => partnerOf(sftp)),
);
console.log("OBJECTS", [...world.buckets.objects.keys()].join(" "));
for (const { level, message, fields } of bridge.telemetry.lines)
  if (level === "error")
    console.log("ERROR", message, JSON.stringify(fields), (fields?.["error"] as Error | undefined)?.message);
console.log("SURVIVED");
process.exit(0);
