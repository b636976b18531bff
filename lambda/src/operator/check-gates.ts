/** Whether a stream's gates can be asked: a function by a dry run, GuardDuty by the tags of an object. Loaded by streams that have one. */
import { createHash } from "node:crypto";
import type { Direction, Gate, StreamConfig } from "../config/types.ts";
import { scanTag } from "../gate/judge.ts";
import type { Judges } from "../gate/types.ts";
import type { Invocation } from "../invocation.ts";
import { gatePrefix } from "../journal/entry.ts";
import { explained, type Steps, signalFor } from "./check-steps.ts";

const judgesOf = ({ judges }: Invocation["deps"]): Judges => {
  if (judges === undefined) throw new Error("this run can't ask gates");
  return judges;
};

const tryFunction = async (side: Direction, arn: string, { deps, deadline }: Invocation): Promise<string> => {
  const judges = judgesOf(deps);
  await explained(
    `${arn} can't be invoked, so that every file of the ${side} is held until it has failed`,
    `See that the function (and the version or alias in its ARN) exists in the bridge's region, and correct ${side}.gate.function_arn if not; one of another account has to let the bridge's role invoke it`,
    () => judges.mayInvoke(arn, signalFor(deadline)),
  );
  return `${arn} may be invoked; it wasn't run`;
};

/** Of an object that is there. */
const tryPushTags = async ({ deps, deadline }: Invocation, { push }: StreamConfig): Promise<string> => {
  const { bucket = "", prefix = "" } = push ?? {};
  for await (const page of deps.objects.list(bucket, prefix, { pageSize: 10 })) {
    const key = page.find((one) => !one.key.endsWith("/"))?.key;
    if (key === undefined) break;
    const judges = judgesOf(deps);
    const tags = await explained(
      `The tags of s3://${bucket}/${key} can't be read, so that every file of the push is held until it has failed`,
      "The module gives the function's role what it needs: see what the bucket's policy denies, and in another account whether the output bucket_policies was applied since the stream has its gate",
      () => judges.tags({ bucket, key }, undefined, signalFor(deadline)),
    );
    const tag = tags?.get(scanTag);
    return `the tags of s3://${bucket}/${key} can be read; ${tag === undefined ? `GuardDuty hasn't tagged it (${scanTag}): if it is no older than the plan for the bucket, see that the plan covers the key and tags objects` : `GuardDuty says ${tag}`}`;
  }
  return "there is no object yet whose tags could be read";
};

/** Of a few bytes that are put where files are held, and removed. */
const tryPullTags = async ({ deps, deadline }: Invocation, { name }: StreamConfig): Promise<string> => {
  const { objects, nonce, staging } = deps;
  const place = { bucket: staging, key: `${gatePrefix}${name}/check-${nonce()}` };
  const where = `s3://${staging}/${gatePrefix}${name}/`;
  const signal = signalFor(deadline);
  const body = Buffer.from("check");
  const sha256 = createHash("sha256").update(body).digest("base64");
  await explained(
    `Below ${where} nothing can be held, or its tags can't be read, so that no file of the pull ever passes`,
    "The module gives the function's role what it needs: apply it again, and see what the bucket's policy or its KMS key denies",
    async () => {
      await objects.put(place, body, { metadata: {}, sha256, signal });
      const there = await objects.head(place);
      try {
        await judgesOf(deps).tags(place, there?.versionId, signal);
      } finally {
        await objects.remove(place, there?.versionId);
      }
    },
  );
  return `tags below ${where} can be read; whether GuardDuty's plan covers them, the first file shows`;
};

const tryGate = (side: Direction, { functionArn }: Gate, invocation: Invocation, stream: StreamConfig) => {
  if (functionArn !== undefined) return tryFunction(side, functionArn, invocation);
  return side === "push" ? tryPushTags(invocation, stream) : tryPullTags(invocation, stream);
};

export const checkGates = async (invocation: Invocation, stream: StreamConfig, steps: Steps): Promise<void> => {
  for (const side of ["push", "pull"] as const) {
    const gate = stream[side]?.gate;
    if (gate !== undefined) await steps.run(`${side}: ask the gate`, () => tryGate(side, gate, invocation, stream));
  }
};
