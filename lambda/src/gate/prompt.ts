/**
 * What GuardDuty says of a scan, as EventBridge sends it: a reason to ask about that version now and not at the next look. Nothing of
 * what it found is read here, since the tag of the version alone counts. So an event that is repeated, late, about another version or
 * forged changes nothing; nor does one that is lost. Loaded when the first one comes.
 * https://docs.aws.amazon.com/guardduty/latest/ug/monitor-with-eventbridge-s3-malware-protection.html
 */
import * as v from "valibot";
import type { BridgeConfig } from "../config/types.ts";
import { type Entry, entryKey, gatePrefix } from "../journal/entry.ts";
import { EntryTaken } from "../journal/entry-writes.ts";
import type { Journal } from "../journal/journal.ts";
import type { Key } from "../journal/table.ts";
import { shown } from "../telemetry/redact.ts";
import type { Log } from "../telemetry/types.ts";
import { nameOfGate } from "./pass.ts";
import { sourceOfHeld } from "./place.ts";

const told = v.object({
  source: v.literal("aws.guardduty"),
  "detail-type": v.literal("GuardDuty Malware Protection Object Scan Result"),
  account: v.string(),
  detail: v.object({
    s3ObjectDetails: v.object({
      bucketName: v.pipe(v.string(), v.minLength(1)),
      objectKey: v.pipe(v.string(), v.minLength(1)),
      versionId: v.nullish(v.string()),
    }),
  }),
});

/** What became of an event: its version is asked about now, or why nothing follows from it. */
export type Heard = "prompted" | "malformed" | "foreign" | "not-gated" | "not-held" | "other-version" | "busy";

/** An entry that the event may mean, and what its gate calls the version. */
interface Meant {
  readonly key: Key;
  readonly isAbout: (identity: string) => boolean;
}

export interface PromptDeps {
  readonly config: BridgeConfig;
  readonly journal: Journal;
  /** The bucket in which files of pulls are held. */
  readonly staging: string;
  /** The bridge's own account: from no other do events come. */
  readonly accountId?: string | undefined;
  readonly log: Log;
  readonly now: () => number;
}

const byGuardDuty = nameOfGate({ timeoutHours: 0 });

/** All streams of which a file may be held there. */
const meantBy = (
  bucket: string,
  key: string,
  versionId: string | undefined,
  { config, staging }: PromptDeps,
): readonly Meant[] => {
  const pushes = [...config.streams.values()].flatMap(({ name, push }): Meant[] =>
    push?.gate && push.gate.functionArn === undefined && push.bucket === bucket && key.startsWith(push.prefix)
      ? [
          {
            key: entryKey("push", name, `${bucket}/${key}`),
            isAbout: (identity) => versionId === undefined || identity === versionId,
          },
        ]
      : [],
  );
  const held = bucket === staging && key.startsWith(gatePrefix) ? sourceOfHeld(key) : undefined;
  const gate = held && config.streams.get(held.stream)?.pull?.gate;
  if (held === undefined || gate === undefined || gate.functionArn !== undefined) return pushes;
  const isAbout = (identity: string) =>
    versionId === undefined ? identity.startsWith(`${key}@`) : identity === `${key}@${versionId}`;
  return [...pushes, { key: entryKey("pull", held.stream, held.location), isAbout }];
};

/** Has the version asked about at once, if it is held and nobody is at it. */
const prompt = async ({ key, isAbout }: Meant, { journal, now }: PromptDeps): Promise<Entry | Heard> => {
  const entry = await journal.read(key);
  const { state, gate } = entry ?? {};
  if (entry === undefined || gate === undefined || gate.by !== byGuardDuty) return "not-held";
  if (gate.passed !== undefined || gate.rejected !== undefined) return "not-held";
  if (!isAbout(gate.identity)) return "other-version";
  // Whoever is at it asks by itself, and must not lose its entry for a mere event.
  if (state !== "pending") return state === "active" ? "busy" : "not-held";
  if (entry.next_attempt <= now()) return entry;
  try {
    return await journal.update(entry, { next_attempt: now() });
  } catch (error) {
    if (error instanceof EntryTaken) return "busy";
    throw error;
  }
};

/** Entries whose gate may be asked now, each once, because of these events. Logs what became of them. Throws what the table throws. */
export const hear = async (events: readonly unknown[], deps: PromptDeps): Promise<Entry[]> => {
  const { log, accountId } = deps;
  const counts: Partial<Record<Heard, number>> = {};
  const count = (heard: Heard) => {
    counts[heard] = (counts[heard] ?? 0) + 1;
  };
  const entries = new Map<string, Entry>();
  for (const event of events) {
    const { success, output } = v.safeParse(told, event);
    if (!success) {
      count("malformed");
      log.warn("An event of GuardDuty isn't what it should be; it is left alone, since the tag of the version counts", {
        body: shown(event, 300),
      });
      continue;
    }
    const { bucketName, objectKey, versionId } = output.detail.s3ObjectDetails;
    if (output.account !== accountId) {
      count("foreign");
      log.warn("An event of GuardDuty comes from another account; it is left alone", { account: output.account });
      continue;
    }
    const version = versionId && versionId !== "null" ? versionId : undefined;
    const meant = meantBy(bucketName, objectKey, version, deps);
    if (meant.length === 0) count("not-gated");
    for (const one of meant) {
      const heard = await prompt(one, deps);
      if (typeof heard === "string") count(heard);
      else {
        count("prompted");
        entries.set(`${heard.pk} ${heard.sk}`, heard);
      }
    }
  }
  log.info("GuardDuty told of scans", counts);
  return [...entries.values()];
};
