import type { StreamConfig } from "../config/types.ts";
import type { Invocation } from "../invocation.ts";
import { explained, type Steps, signalFor } from "./check-steps.ts";

const remedy =
  "The module gives the function's role what it needs: see that the bucket exists, what its policy denies, and whether the stream names its KMS key (kms_key_arn) and the key's policy lets the role use it";

/** Reads below a push's prefix, encrypts a few bytes to each of its keys, decrypts some with a pull's, may write below a pull's (by an upload that is begun and given up, so that nothing appears), and tries the gates. */
export const checkObjects = async (invocation: Invocation, stream: StreamConfig, steps: Steps): Promise<void> => {
  const { deps, deadline } = invocation;
  const { name, push, pull } = stream;
  const { objects, nonce } = deps;
  if (push) {
    const place = `s3://${push.bucket}/${push.prefix}`;
    let first: string | undefined;
    const listed = await steps.run("push: list the bucket", () =>
      explained(`${place} can't be listed`, remedy, async () => {
        for await (const page of objects.list(push.bucket, push.prefix, { pageSize: 10 })) {
          first ??= page.find(({ key }) => !key.endsWith("/"))?.key;
          break;
        }
        return first === undefined ? `${place} can be listed, and has no object yet` : `${place} can be listed`;
      }),
    );
    const key = first;
    if (!listed) steps.skip(["push: read an object"]);
    else if (key !== undefined)
      await steps.run("push: read an object", () =>
        explained(`s3://${push.bucket}/${key} can't be read`, remedy, async () => {
          const signal = signalFor(deadline);
          const object = await objects.get({ bucket: push.bucket, key }, { signal });
          object?.discard();
          return object ? `s3://${push.bucket}/${key}, ${object.size} bytes` : "it was deleted just now";
        }),
      );
  }
  const pgp = push?.pgp;
  if (pgp)
    await steps.run("push: encrypt to each key", async () => {
      const { tryKeys } = await import("../staging/pgp/look.ts");
      const { clock, readSecret, telemetry } = deps;
      return tryKeys(pgp, { stream: name, readSecret: readSecret(name), clock, log: telemetry.log });
    });
  const sealed = pull?.pgp;
  if (sealed)
    await steps.run("pull: decrypt with each key", async () => {
      const { tryPullKeys } = await import("../staging/pgp/look.ts");
      const { clock, readSecret, telemetry } = deps;
      return tryPullKeys(sealed, { stream: name, readSecret: readSecret(name), clock, log: telemetry.log });
    });
  if (pull) {
    const place = { bucket: pull.bucket, key: `${pull.prefix}.s3-sftp-bridge-${nonce()}.tmp` };
    await steps.run("pull: write to the bucket", () =>
      explained(`s3://${pull.bucket}/${pull.prefix} can't be written to`, remedy, async () => {
        const { uploadId } = await objects.createUpload(place, {}, pull.storing);
        await objects.abortUpload(place, uploadId);
        return `an upload to s3://${pull.bucket}/${pull.prefix} was begun and given up; nothing was written`;
      }),
    );
  }
  if (push?.gate ?? pull?.gate) await (await import("./check-gates.ts")).checkGates(invocation, stream, steps);
};
