import type { Hop } from "../transform.ts";

/** One pass over an archive, of what is read: as with gzip alone, which was measured on a busier machine (docs/performance.md). Bytes a second. */
const pace = 8 * 1024 * 1024;

/** What reading an archive once takes. */
export const looking: Pick<Hop, "name" | "pace" | "transform"> = {
  name: "extract",
  pace,
  transform: (source) => source,
};
