import type { Hop } from "../transform.ts";

/** One pass over an archive, of what is read; half of what was measured (docs/performance.md). Bytes a second. */
const pace = 8 * 1024 * 1024;

/** What reading an archive once takes. */
export const looking: Pick<Hop, "name" | "pace" | "transform"> = {
  name: "extract",
  pace,
  transform: (source) => source,
};
