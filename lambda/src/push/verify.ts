/** Whether what the partner holds is what was sent. */
import type { PushConfig } from "../config/types.ts";
import { risksOfDirect } from "../sftp/errors.ts";
import { believed } from "../sftp/hidden.ts";
import type { RemoteStat } from "../sftp/remote.ts";
import { TakenAway, VerificationError } from "../transfer/errors.ts";
import type { PushContext } from "./context.ts";

export type Verdict = "same" | "larger" | "smaller" | "untold" | "gone";

/** What a server's word on a file of so many bytes says. `untold`: it doesn't say how large it is. `gone`: it isn't there. */
export const compareSizes = (sent: number, there: Pick<RemoteStat, "size" | "sizeMayBe"> | undefined): Verdict => {
  if (there === undefined) return "gone";
  if (there.size === undefined) return there.sizeMayBe === sent ? "same" : "untold";
  return there.size === sent ? "same" : there.size > sent ? "larger" : "smaller";
};

/**
 * `strict`: the sizes have to be the same. `checksum`: whatever is told, since the content is compared. `tolerant`: for
 * servers that store more than they were given (encryption, converted line ends) or don't tell: a larger size is logged and
 * accepted, since nothing of the file can be missing, and so is no size at all; a smaller one never is, for that is what a
 * full disk looks like. `off`: any size.
 * A file under its final name (`direct`) may be gone at once: the partner has taken it.
 */
export const isAccepted = (verdict: Verdict, { verify, upload }: Pick<PushConfig, "verify" | "upload">): boolean => {
  if (verdict === "same" || verify === "off") return true;
  if (verdict === "gone") return verify === "tolerant" || upload === "direct";
  if (verify === "checksum") return true;
  if (verdict === "untold") return verify !== "strict";
  return verdict === "larger" && verify === "tolerant";
};

/** How long a server may take over a file that was just closed: to show all of it, and to show it at all. Milliseconds. */
const aMoment = 2_000;
const moments = [aMoment, 4_000, 6_000];

/** What the server says of an upload after each of these pauses. Throws the reason for which the run ends. */
export async function* laterLooks(
  path: string,
  { remote, sleep, signal }: Pick<PushContext, "remote" | "sleep" | "signal">,
  pauses: readonly number[] = moments,
): AsyncGenerator<RemoteStat | undefined> {
  for (const pause of pauses) {
    await sleep(pause);
    signal.throwIfAborted();
    yield await remote.stat(path);
  }
}

/**
 * What a server says of an upload that was closed. Where it shows too little, it is asked once more a moment later, and where it
 * shows nothing, for longer: gateways to object stores, and servers that write behind, take a while over it.
 */
export const settled = async (
  bytes: number,
  path: string,
  told: RemoteStat | undefined,
  context: PushContext,
): Promise<RemoteStat | undefined> => {
  const { remote, push, traits } = context;
  const seen = told ?? (await remote.stat(path));
  const there = await believed(remote, path, seen);
  const verdict = compareSizes(bytes, there);
  const isFinal = verdict !== "smaller" || push.verify === "off" || traits.can("exact_sizes") === false;
  if (verdict === "gone" ? isAccepted(verdict, push) : isFinal) return there;
  for await (const later of laterLooks(path, context, verdict === "gone" ? moments : [aMoment]))
    if (later !== undefined) return later;
  return undefined;
};

/** As many bytes as S3 said, and as many at the partner as the stream demands. Throws VerificationError. */
export const assertWhole = (
  { bytes, expected, source }: { readonly bytes: number; readonly expected: number; readonly source: string },
  there: RemoteStat | undefined,
  final: string,
  { stream: { name }, push, log }: PushContext,
): void => {
  if (bytes !== expected) {
    throw new VerificationError(`Stream ${name}: S3 sent ${bytes} of ${expected} bytes of ${source}; it is sent again`);
  }
  const verdict = compareSizes(bytes, there);
  if (isAccepted(verdict, push)) {
    if (verdict === "larger" && push.verify === "tolerant") {
      log.warn("The partner reports more bytes than were sent; accepted, since verify is tolerant", {
        destination: final,
        bytes,
        reported: there?.size,
      });
    }
    return;
  }
  if (verdict === "gone") throw new TakenAway(takenAway(name, final));
  throw new VerificationError(
    `Stream ${name}: ${remedies[verdict as keyof typeof remedies](final, bytes, fate(push), there?.size)}`,
  );
};

/** An upload that is gone once it is closed. */
export const takenAway = (stream: string, final: string): string =>
  `Stream ${stream}: the upload of ${final} was gone before it could be renamed; it starts again. Either the partner takes files the moment they are closed, under whatever name: then set upload = "direct"; then ${risksOfDirect}. Ask the partner first whether they have it: what a virus scanner removes looks the same. Or the user may not look at files: then set push.verify = "tolerant", which does without the size where none is told, so that a file cut short at the partner's side isn't noticed`;

/** What becomes of an upload of another size. */
const fate = ({ upload }: Pick<PushConfig, "upload">): string =>
  upload === "direct"
    ? 'it starts again, and until then lies there as it is, since upload is "direct"'
    : "the upload isn't shown and starts again";

/** What to do about a size, and what that risks. */
const remedies = {
  larger: (final: string, sent: number, fate: string, there?: number) =>
    `the partner holds ${there} bytes of ${final}, ${sent} were sent; ${fate}. If the server only tells a wrong size, set push.verify = "checksum", which compares the content. If it always adds something (line ends, encryption), set push.verify = "tolerant": then more bytes than were sent are accepted, and what they are isn't known`,
  smaller: (final: string, sent: number, fate: string, there?: number) =>
    `the partner holds ${there} bytes of ${final}, ${sent} were sent; ${fate}. That is what a full disk looks like: ask the partner. If the server only tells a wrong size, set push.verify = "checksum", which compares the content. Only if it is known to make files smaller, set push.verify = "off": then nothing is compared any more, and a file that was cut short counts as delivered`,
  untold: (final: string, _sent: number, fate: string) =>
    `the partner's server doesn't tell how large ${final} is; ${fate}. Set push.verify = "checksum" to have the content read back and compared, or push.verify = "tolerant" to do without: then a file that was cut short at the partner's side isn't noticed`,
  same: () => "",
} as const;
