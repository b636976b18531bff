import type { PullConfig, PushConfig, StreamConfig } from "../config/types.ts";
import type { Invocation } from "../invocation.ts";
import { archiveOf } from "../pull/archive-place.ts";
import type { Remote } from "../sftp/remote.ts";
import { joinRemote, temporaryPathFor } from "../transfer/paths.ts";
import type { Steps } from "./check-steps.ts";

const shown = (directory: string): string => (directory === "" ? "the log-in directory" : directory);

const count = async (remote: Remote, directory: string): Promise<string> => {
  for await (const batch of remote.list(directory === "" ? "." : directory))
    return `${shown(directory)} can be listed; its first batch has ${batch.length} entries`;
  return `${shown(directory)} can be listed, and is empty`;
};

const probe = Buffer.from("s3-sftp-bridge: probe of the connection check\n");

/** Does with a probe file all that an upload does; whatever happens, it is removed. */
const checkPush = async (
  { deps }: Invocation,
  { directory, upload, workDirectory }: PushConfig,
  remote: Remote,
  steps: Steps,
): Promise<void> => {
  const place = workDirectory ?? directory;
  const first = temporaryPathFor(joinRemote(place, "x"), deps.nonce());
  const second = temporaryPathFor(joinRemote(directory, "x"), deps.nonce());
  let lies: string | undefined;
  try {
    const written = await steps.run("push: write a probe file", async () => {
      for (const one of new Set([directory, place])) if (one !== "") await remote.ensureDirectory(one);
      const writer = await remote.openWrite(first, { mode: "create", size: probe.byteLength });
      lies = first;
      await writer.write(probe);
      await writer.close();
      const stat = await remote.stat(first);
      if (stat?.size !== undefined && stat.size !== probe.byteLength)
        throw new Error(`${first} has ${stat.size} bytes after ${probe.byteLength} were written`);
      return stat ? `${probe.byteLength} bytes in ${shown(place)}` : "the partner took it away at once";
    });
    if (!written) return steps.skip(["push: rename it", "push: delete it"]);
    if (upload === "atomic") {
      const renamed = await steps.run("push: rename it", async () => {
        if (!(await remote.publish(first, second))) return "the partner took it away before it was renamed";
        lies = second;
        return undefined;
      });
      if (!renamed) return steps.skip(["push: delete it"]);
    }
    await steps.run("push: delete it", async () => {
      const gone = lies !== undefined && (await remote.remove(lies));
      lies = undefined;
      return gone ? undefined : "the partner took it away before it was deleted";
    });
  } finally {
    if (lies !== undefined) await remote.remove(lies).catch(() => {});
  }
};

const checkPull = async (pull: PullConfig, remote: Remote, steps: Steps): Promise<void> => {
  const { directory, after } = pull;
  await steps.run("pull: listing", () => count(remote, directory));
  if (after !== "move") return;
  await steps.run(pull.archive?.directory === undefined ? "pull: .done" : "pull: archive", async () => {
    const done = archiveOf(pull, directory);
    const there = await remote.lstat(done);
    if (there)
      return (there.kind ?? "directory") === "directory"
        ? `${done} is there`
        : Promise.reject(new Error(`${done} is a ${there.kind}, not a directory`));
    await remote.ensureDirectory(done);
    await remote.removeDirectory(done);
    return `${done} can be made`;
  });
};

/** What the stream does at the partner, tried with the connection that is open. */
export const checkPartnerSide = async (
  invocation: Invocation,
  { push, pull }: StreamConfig,
  remote: Remote,
  steps: Steps,
): Promise<void> => {
  if (push) await checkPush(invocation, push, remote, steps);
  if (pull) await checkPull(pull, remote, steps);
};
