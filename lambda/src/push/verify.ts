/** Whether what the partner holds is what was sent. */
import type { PushConfig } from "../config/types.ts";
import type { RemoteStat } from "../sftp/remote.ts";
import { VerificationError } from "../transfer/errors.ts";
import type { PushContext } from "./context.ts";

export type Verdict = "same" | "larger" | "smaller" | "gone";

/** What a server's word on the size says of a file of so many bytes. `gone`: it gave none, or the file isn't there any more. */
export const compareSizes = (sent: number, there: number | undefined): Verdict =>
  there === undefined ? "gone" : there === sent ? "same" : there > sent ? "larger" : "smaller";

/**
 * `strict`: the sizes have to be the same. `tolerant`: for servers that store more than they were given (encryption,
 * converted line ends) or don't tell: a larger size is logged and accepted, since nothing of the file can be missing, and
 * so is no size at all; a smaller one never is, for that is what a full disk looks like. `off`: any size.
 * A file under its final name (`direct`) may be gone at once: the partner has taken it.
 */
export const isAccepted = (verdict: Verdict, { verify, upload }: Pick<PushConfig, "verify" | "upload">): boolean => {
  if (verdict === "same" || verify === "off") return true;
  if (verdict === "gone") return verify === "tolerant" || upload === "direct";
  return verdict === "larger" && verify === "tolerant";
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
  const verdict = compareSizes(bytes, there?.size);
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
  throw new VerificationError(
    there?.size !== undefined
      ? `Stream ${name}: the partner holds ${there.size} bytes of ${final}, ${bytes} were sent; the upload isn't shown and starts again. If this server always reports another size, set push.verify = "${verdict === "larger" ? "tolerant" : "off"}"`
      : `Stream ${name}: the upload of ${final} was gone before it could be renamed; it starts again. If this server tells no sizes, set push.verify = "tolerant"`,
  );
};
