/** Whether the partner holds the very bytes that were sent: by the server's own checksum, else by reading the file back. */
import { isRefusal, RemoteError } from "../sftp/errors.ts";
import type { Doubt } from "../sftp/remote.ts";
import { maxReadBack } from "../sftp/several-handles.ts";
import { OtherBytes, VerificationError } from "../transfer/errors.ts";
import { hashOfRemote } from "../transfer/hash-remote.ts";
import type { PushContext } from "./context.ts";

export interface SentCopy {
  /** Where it lies now. */
  readonly path: string;
  readonly final: string;
  readonly bytes: number;
  readonly sha256: string;
  /** How often it was tried, this time included. */
  readonly attempt: number;
}

/** The connection ended so often in a row before a copy was read back, that it isn't tried again. */
export const maxAttempts = 4;

/** The SHA-256 of what lies there, whatever size is told of it; undefined if nothing does. Throws RemoteError. */
export const hashThere = async ({ path, bytes }: SentCopy, context: PushContext): Promise<string | undefined> => {
  const told = await context.remote.checksum?.(path);
  if (told !== undefined) return told;
  try {
    return await hashOfRemote(path, context, bytes, true);
  } catch (error) {
    if (error instanceof RemoteError && error.kind === "changed") return `of other bytes: ${error.message}`;
    throw error;
  }
};

/**
 * Compares the content where the stream asks for it (`verify = "checksum"`), and where something gives rise to doubt. Other
 * bytes are removed, whatever name they have. Throws OtherBytes, and VerificationError where the stream asks for what can't be done.
 */
export const assertContent = async (copy: SentCopy, doubt: Doubt | undefined, context: PushContext): Promise<void> => {
  const { push, remote, stream, log, traits } = context;
  const demanded = push.verify === "checksum";
  if (!demanded && doubt === undefined) return;
  const prefix = `Stream ${stream.name}: `;
  const isLarge = copy.bytes > maxReadBack;
  if (!demanded && (isLarge || (copy.attempt > maxAttempts && doubt?.unless === undefined))) {
    log.warn(
      `The server did something unusual; the file ${isLarge ? "is too large" : "was tried too often"} to be read back for that, and was compared by its size alone`,
      {
        destination: copy.final,
        reason: doubt?.reason,
      },
    );
    return;
  }
  let there: string | undefined;
  try {
    there = await hashThere(copy, context);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    traits.learn("read_back", false, error.message);
    if (demanded)
      throw new VerificationError(
        `${prefix}the content of ${copy.final} can't be compared, since the server has no checksums and the upload can't be read: ${error.message.replace(/\.$/, "")}. Nothing is shown. Ask the partner to let the user read what it writes, or set push.verify = "strict", which compares the size only: other bytes of the same number would not be noticed`,
      );
    if (doubt?.unless !== undefined) throw doubt.unless;
    if (doubt?.proves !== undefined)
      throw new OtherBytes(`${prefix}the content of ${copy.final} can't be compared: ${error.message}`);
    log.warn(
      "The server did something unusual, and the content can't be compared: the size alone tells that it is whole",
      {
        destination: copy.final,
        reason: doubt?.reason,
        error,
      },
    );
    return;
  }
  if (there === copy.sha256) {
    if (doubt?.unless !== undefined)
      log.warn("The server didn't say that it has closed the file; its content was read back, and is right", {
        destination: copy.final,
        reason: doubt.reason,
      });
    if (doubt?.proves !== undefined) traits.learn(doubt.proves, true, "the content was compared, and was right");
    return;
  }
  if (there === undefined) {
    if (doubt?.unless !== undefined) throw doubt.unless;
    if (push.upload === "direct") {
      log.warn("The partner took the file before its content could be compared", { destination: copy.final });
      return;
    }
    throw new VerificationError(
      `${prefix}the upload of ${copy.final} was gone before it could be compared; it starts again`,
    );
  }
  const why = "the server stored other bytes than were sent";
  if (doubt?.proves !== undefined) traits.learn(doubt.proves, false, why);
  await remote.remove(copy.path).catch(() => {});
  throw new OtherBytes(
    `${prefix}the partner's server holds other bytes of ${copy.final} than were sent (SHA-256 ${there}, not ${copy.sha256})${doubt === undefined ? "" : `, where ${doubt.reason}`}. They were removed and nobody has seen them${push.upload === "direct" ? ' but who looked in between, since upload is "direct"' : ""}; the file is sent again`,
  );
};
