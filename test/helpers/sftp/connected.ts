import type { ExecutionContext } from "ava";
import type { SftpConfig } from "../../../lambda/src/config/types.ts";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import { type OpenOptions, openRemote } from "../../../lambda/src/sftp/open.ts";
import type { Remote, RemoteReader } from "../../../lambda/src/sftp/remote.ts";
import type { Log } from "../../../lambda/src/telemetry/types.ts";
import { type Adversary, type Quirks, startAdversary } from "./adversary.ts";

/** A log that keeps its lines, as in `warn: message`. */
export const recordingLog = (): Log & { readonly lines: string[] } => {
  const lines: string[] = [];
  const at = (level: string) => (message: string) => void lines.push(`${level}: ${message}`);
  const log = { lines, debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"), with: () => log };
  return log;
};

/** An adversarial server that ends with the test. */
export const adversary = async (t: ExecutionContext, quirks: Quirks = {}): Promise<Adversary> => {
  const server = await startAdversary(quirks);
  t.teardown(() => server.stop());
  return server;
};

/** An adversarial server with a connection to it; both end with the test. */
export const connected = async (
  t: ExecutionContext,
  quirks: Quirks = {},
  options: OpenOptions & { readonly config?: Partial<SftpConfig> } = {},
): Promise<{ readonly server: Adversary; readonly remote: Remote }> => {
  const { config, ...rest } = options;
  const server = await adversary(t, quirks);
  const remote = await openRemote({ ...server.config, ...config }, { password: "secret" }, rest);
  t.teardown(() => remote.close());
  return { server, remote };
};

/** The rejection of a promise, which must be a `RemoteError` of this kind. */
export const remoteErrorOf = async (
  t: ExecutionContext,
  kind: RemoteError["kind"],
  promise: Promise<unknown>,
): Promise<RemoteError> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof RemoteError)) throw error ?? new Error(`Should have failed: ${kind}`);
  t.is(error.kind, kind, error.message);
  return error;
};

/** All that a reader gives, from an offset on. */
export const contentOf = async (reader: RemoteReader | undefined, offset = 0): Promise<Buffer> => {
  if (reader === undefined) throw new Error("The file is missing");
  const chunks: Uint8Array[] = [];
  for await (const chunk of reader.chunks(offset)) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** Writes a whole file in chunks of this size. */
export const writeWhole = async (
  remote: Remote,
  path: string,
  content: Uint8Array,
  chunkBytes = content.length,
): Promise<unknown> => {
  const writer = await remote.openWrite(path, { mode: "create" });
  try {
    for (let at = 0; at < content.length; at += chunkBytes) await writer.write(content.subarray(at, at + chunkBytes));
    return await writer.close();
  } catch (error) {
    await writer.close().catch(() => undefined);
    throw error;
  }
};
