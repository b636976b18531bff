/** Gates as AWS has them. Loaded when the first one is asked. */
import { GetObjectTaggingCommand, type S3Client } from "@aws-sdk/client-s3";
import { InvokeCommand, LambdaClient, sendingWith } from "../aws/sdk/lambda.ts";
import { isGone } from "../s3/gone.ts";
import { shown } from "../telemetry/redact.ts";
import { NoVerdict } from "./judge.ts";
import type { Judges } from "./types.ts";

/** How long a function may take for its answer. One that needs longer says `hold`, and is asked again. Milliseconds. */
export const patience = 60_000;

/** Throws NoVerdict where the function failed, else what AWS answered. */
export const openJudges = (
  s3: Pick<S3Client, "send">,
  // An event that got lost with its answer is not sent twice at once: the gate is asked again a minute later anyway.
  lambda: Pick<LambdaClient, "send"> = new LambdaClient(
    sendingWith({ connect: 3_000, answer: patience }, { maxAttempts: 1 }),
  ),
): Judges => ({
  async invoke(arn, event, signal) {
    const { FunctionError, Payload } = await lambda.send(
      new InvokeCommand({
        FunctionName: arn,
        InvocationType: "RequestResponse",
        Payload: Buffer.from(JSON.stringify(event)),
      }),
      { abortSignal: signal },
    );
    const text = Buffer.from(Payload ?? []).toString();
    if (FunctionError !== undefined) throw new NoVerdict(`${arn} failed (${FunctionError}): ${shown(text, 300)}`);
    try {
      return JSON.parse(text);
    } catch {
      throw new NoVerdict(`${arn} answered with something that isn't JSON: ${shown(text, 300)}`);
    }
  },

  // https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestParameters
  async mayInvoke(arn, signal) {
    await lambda.send(new InvokeCommand({ FunctionName: arn, InvocationType: "DryRun" }), { abortSignal: signal });
  },

  async tags({ bucket, key }, versionId, signal) {
    try {
      const { TagSet = [] } = await s3.send(
        new GetObjectTaggingCommand({ Bucket: bucket, Key: key, VersionId: versionId }),
        { abortSignal: signal },
      );
      return new Map(TagSet.map(({ Key = "", Value = "" }) => [Key, Value]));
    } catch (error) {
      if (await isGone(s3, { bucket, key }, versionId, error)) return undefined;
      throw error;
    }
  },
});
