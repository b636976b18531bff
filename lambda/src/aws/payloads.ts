/**
 * What of a part's content is in its request's signature. Over TLS nothing: S3 holds the bytes against the CRC64NVME that came
 * with them, and a SHA-256 for the signature would be a second one of each byte. AWS's own SDKs do so as well. Without TLS, and
 * to a bucket whose policy wants it (`s3:x-amz-content-sha256`), the payload is signed.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html
 */
import { hash } from "node:crypto";
import { NoAnswer } from "./silence.ts";

export const unsigned = "UNSIGNED-PAYLOAD";

interface Answer {
  readonly status: number | undefined;
}

interface Part<T extends Answer> {
  readonly bucket: string;
  readonly body: Uint8Array;
  readonly signal: AbortSignal;
  send(payloadHash: string): Promise<T | undefined>;
}

/** Sends parts, unsigned where that is safe and allowed. `isPrivate`: does what goes to this bucket go over TLS? */
export const createPayloads = (isPrivate: (bucket: string) => Promise<boolean>) => {
  /** By bucket, what was seen of it; for as long as the execution environment lives. */
  const seen = new Map<string, "takes unsigned" | "wants signed">();

  return async <T extends Answer>({ bucket, body, signal, send }: Part<T>): Promise<T | undefined> => {
    const sendSigned = () => send(hash("sha256", body));
    if (seen.get(bucket) === "wants signed" || !(await isPrivate(bucket))) return sendSigned();
    const answer = await send(unsigned).catch((error: unknown) => {
      // A refusal that comes before the body is through may end the connection before it is read.
      if (seen.has(bucket) || signal.aborted || error instanceof NoAnswer) throw error;
      return "cut off" as const;
    });
    if (answer !== "cut off" && answer?.status !== 403) {
      if (answer?.status === 200) seen.set(bucket, "takes unsigned");
      return answer;
    }
    // Whoever may put nothing at all is refused once more, and is told so.
    const second = await sendSigned();
    if (second?.status === 200) seen.set(bucket, "wants signed");
    return second;
  };
};
