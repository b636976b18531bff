/** A server that announces limits, sensible ones and nonsense, over a real connection: files move both ways all the same. */
import { randomBytes } from "node:crypto";
import test, { type ExecutionContext } from "ava";
import { openRemote } from "../../../lambda/src/sftp/open.ts";
import { type Quirks, startAdversary } from "../../helpers/sftp/adversary.ts";
import { directory, storedFile } from "../../helpers/sftp/files.ts";
import { overSsh } from "../../helpers/sftp/over-ssh.ts";
import { pull, push, stream } from "../../helpers/streams.ts";
import { createWorld } from "../../helpers/world.ts";

const content = randomBytes(60_000).toString("base64");
const files = 20;
const failure = 4; // draft-ietf-secsh-filexfer-02, section 7

/** Moves twenty files each way; returns the longest READ and WRITE that were asked for. */
const moveBothWays = async (t: ExecutionContext, quirks: Quirks) => {
  let maxRead = 0;
  const server = await startAdversary({
    ident: "OpenSSH_9.9",
    onRead: (_, __, length) => {
      maxRead = Math.max(maxRead, length);
    },
    ...quirks,
  });
  t.teardown(() => server.stop());
  for (const path of ["/inbox", "/outbox"]) server.files.set(path, directory());
  let maxWrite = 0;
  const set = server.files.set.bind(server.files);
  server.files.set = (path, node) => {
    if (node.kind === "file") {
      const write = node.write.bind(node);
      node.write = (offset, bytes) => {
        maxWrite = Math.max(maxWrite, bytes.length);
        write(offset, bytes);
      };
    }
    return set(path, node);
  };
  const config = stream({
    push: { ...push, directory: "/inbox" },
    pull: { ...pull, directory: "/outbox", after: "keep" },
    sftp: server.config,
  });
  const world = createWorld(config);
  for (let index = 0; index < files; index++) {
    await world.bridge().intake(world.put("bucket", `out/${index}`, content));
    set(`/outbox/${index}`, Object.assign(storedFile(Buffer.from(content)), { mtime: 1_750_000_000 }));
  }
  const bridge = world.bridge();
  await bridge.poll(config);
  // A drain ends after a minute, also on a machine that has got no further by then.
  for (let run = 0; run < 10 && world.entries().some(({ state }) => state !== "delivered"); run++)
    await bridge.drainAll({ connect: overSsh });
  for (let index = 0; index < files; index++) {
    t.is(server.files.get(`/inbox/${index}`)?.size, content.length);
    t.true(world.content("bucket", `in/${index}`) === content, `in/${index} has another content`);
  }
  t.is(world.entries().filter(({ state }) => state === "delivered").length, 2 * files);
  return { maxRead, maxWrite, server };
};

const most = 2n ** 64n - 1n;

for (const [name, limits] of [
  ["nothing but zeros", [0n, 0n, 0n, 0n]],
  ["one byte at a time", [1n, 1n, 1n, 1_000n]],
  ["2^63", [2n ** 63n, 2n ** 63n, 2n ** 63n, 2n ** 63n]],
  ["all ones", [most, most, most, most]],
] as const) {
  test.serial(`a server that announces ${name} isn't believed: files move both ways`, async (t) => {
    const { maxRead, maxWrite } = await moveBothWays(t, { limits });
    t.true(maxRead >= 4096 && maxRead <= 256 * 1024, `READ of ${maxRead} bytes`);
    t.true(maxWrite >= 4096 && maxWrite <= 256 * 1024, `WRITE of ${maxWrite} bytes`);
  });
}

test.serial("a server that takes less than what is usual gets no more than it takes", async (t) => {
  const limits = [40_000n, 8_192n, 12_288n, 100n] as const;
  const { maxRead, maxWrite } = await moveBothWays(t, { limits });
  t.is(maxRead, 8_192);
  t.is(maxWrite, 12_288);
});

test.serial("a server that lets one file be open at a time gets one at a time", async (t) => {
  let open = 0;
  let refused = 0;
  await moveBothWays(t, {
    limits: [0n, 0n, 0n, 1n],
    refuse: (request) => {
      if (request === "CLOSE") open--;
      if (request !== "OPEN" && request !== "OPENDIR") return undefined;
      if (open >= 1) {
        refused++;
        return failure;
      }
      open++;
      return undefined;
    },
  });
  t.is(refused, 0);
});

test.serial("a server that offers to tell its limits and never does ends the log-in, and says so", async (t) => {
  const server = await startAdversary({ limits: "silence" });
  t.teardown(() => server.stop());
  const began = performance.now();
  const error = await t.throwsAsync(
    openRemote({ ...server.config, connectTimeoutSeconds: 1 }, { password: "secret" }, {}),
  );
  t.regex(error?.message ?? "", /1 s|no answer|time/i);
  t.true(performance.now() - began < 10_000);
});
