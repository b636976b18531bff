import { entryKey } from "../../lambda/src/journal/entry.ts";

/** A file at a partner, as a poll makes it known to the journal. */
export const pulledFile = {
  ...entryKey("pull", "acme", "outbox/a"),
  direction: "pull",
  stream: "acme",
  partner: "us@partner:22",
  path: "a",
  source_location: "outbox/a",
  source: { identity: "1:1", size: 1, time: 1_000 },
} as const;
