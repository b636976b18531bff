/** Asks a gate about one version. Whatever isn't a verdict about that very version is none. */
import * as v from "valibot";
import type { Gate } from "../config/types.ts";
import { shown } from "../telemetry/redact.ts";
import type { Asked, Judges, Verdict } from "./types.ts";

/** A gate gave no verdict, for the reason in the message; it is asked again. */
export class NoVerdict extends Error {
  override readonly name = "NoVerdict";
}

const answer = v.object({
  verdict: v.picklist(["pass", "reject", "hold"]),
  reason: v.nullish(v.string(), ""),
  version_id: v.nullish(v.string()),
  etag: v.nullish(v.string()),
});

/** Room for a reason in the journal's message. */
const longestReason = 500;

const unquoted = (etag: string): string => etag.replaceAll('"', "");

const askFunction = async (arn: string, asked: Asked, judges: Judges, signal: AbortSignal): Promise<Verdict> => {
  const { stream, direction, path, place, versionId, etag, size, destination } = asked;
  const event = {
    stream,
    direction,
    path,
    bucket: place.bucket,
    key: place.key,
    version_id: versionId ?? null,
    etag,
    size,
    ...(destination && { destination }),
  };
  const { success, output } = v.safeParse(answer, await judges.invoke(arn, event, signal));
  if (!success)
    throw new NoVerdict(
      `${arn} gave an answer that is no verdict; it has to be {"verdict": "pass", "reject" or "hold", "reason": "…"}`,
    );
  const others = [
    output.version_id != null &&
      output.version_id !== (versionId ?? "null") &&
      `version ${shown(output.version_id, 100)}`,
    output.etag != null && unquoted(output.etag) !== unquoted(etag) && `ETag ${shown(output.etag, 100)}`,
  ].filter((other) => other !== false);
  if (others.length > 0)
    throw new NoVerdict(`${arn} answered for another version (${others.join(", ")}) than it was asked about`);
  return { verdict: output.verdict, reason: output.reason?.slice(0, longestReason) || "it gave no reason" };
};

/** https://docs.aws.amazon.com/guardduty/latest/ug/monitor-enable-s3-object-tagging-malware-protection.html */
export const scanTag = "GuardDutyMalwareScanStatus";

/**
 * What GuardDuty can say of an object; "no threat" alone lets it pass.
 * https://docs.aws.amazon.com/guardduty/latest/ug/monitoring-malware-protection-s3-scans-gdu.html
 */
const ofScan = (status: string | undefined): Verdict => {
  if (status === "NO_THREATS_FOUND") return { verdict: "pass", reason: "GuardDuty found no threat" };
  if (status === "THREATS_FOUND") return { verdict: "reject", reason: "GuardDuty found a threat (THREATS_FOUND)" };
  if (status === undefined)
    return {
      verdict: "hold",
      reason: `GuardDuty hasn't tagged it yet (${scanTag}); its plan for the bucket has to cover the key, and to tag objects, and nothing may deny its role s3:PutObjectTagging`,
    };
  const why: Readonly<Record<string, string>> = {
    UNSUPPORTED: "it can't scan such an object: one with a password, or beyond its quotas",
    ACCESS_DENIED: "it may not read the object: look at the role of its plan, and at the key of the bucket",
    FAILED: "its scan failed: start another one (aws guardduty send-object-malware-scan)",
  };
  return {
    verdict: "hold",
    reason: `GuardDuty says ${shown(status, 100)}: ${why[status] ?? "this bridge doesn't know that"}`,
  };
};

const askGuardDuty = async ({ place, versionId }: Asked, judges: Judges, signal: AbortSignal): Promise<Verdict> => {
  let tags: ReadonlyMap<string, string> | undefined;
  try {
    tags = await judges.tags(place, versionId, signal);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "AccessDenied") throw error;
    throw new NoVerdict(
      `the tags of s3://${place.bucket}/${place.key} can't be read (AccessDenied: ${error.message}), so that every file is held until it has failed. The module gives the function's role s3:GetObjectTagging and s3:GetObjectVersionTagging: see what the bucket's policy denies; "bridge check" tries it`,
      { cause: error },
    );
  }
  if (tags === undefined) throw new NoVerdict("the version is gone from S3");
  return ofScan(tags.get(scanTag));
};

/** Throws NoVerdict, and what the gate or AWS failed with. */
export const judge = (
  { functionArn }: Gate,
  asked: Asked,
  judges: Judges | undefined,
  signal: AbortSignal,
): Promise<Verdict> => {
  if (judges === undefined) throw new NoVerdict("this run can't ask gates");
  return functionArn === undefined
    ? askGuardDuty(asked, judges, signal)
    : askFunction(functionArn, asked, judges, signal);
};
