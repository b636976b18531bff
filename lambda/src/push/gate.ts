/** `push.gate`: an object is held until somebody says that this very version may be sent. */

import type { Gate } from "../config/types.ts";
import { endedByGate, nameOfGate, passGate } from "../gate/pass.ts";
import type { Entry } from "../journal/entry.ts";
import type { OpenObject } from "../s3/objects.ts";
import { type PushContext, placeOf } from "./context.ts";

/** How the gate ended: go on, wait, or end the file so. */
export type PushGated =
  | { readonly result: "open" | "opened"; readonly entry: Entry }
  | { readonly result: "held" }
  | { readonly result: "shut"; readonly entry: Entry; readonly changes: Partial<Entry> };

/** Asks the gate about the version that was opened, unless the journal has its verdict. Throws EntryTaken, and what stopped this run. */
export const passPushGate = async (
  known: Entry,
  source: OpenObject,
  gate: Gate,
  context: PushContext,
): Promise<PushGated> => {
  const { push, stream, objects, clock } = context;
  const { versionId, etag, size, identity } = source;
  const place = placeOf(known, push);
  const what = `Stream ${stream.name}: ${known.source_location}`;
  const asked = { stream: stream.name, direction: "push", path: known.path, place, versionId, etag, size } as const;
  const isSame = async () => (await objects.head(place))?.identity === identity;
  const gated = await passGate(known, what, { asked, identity, isSame }, gate, context);
  if (!("reason" in gated)) return gated;
  const by = nameOfGate(gate);
  const message =
    gated.result === "rejected"
      ? `${what} was rejected by its gate (${by}), and nothing of it was sent: ${gated.reason}. The object stays where it is. "bridge redrive" asks the gate once more; put a clean version there, or leave it by "bridge skip"`
      : `${what} got no verdict from its gate (${by}) within ${gate.timeoutHours} hours, and nothing of it was sent: ${gated.reason}. Mend the gate, then "bridge redrive", which gives it that time anew`;
  return {
    result: "shut",
    entry: gated.entry,
    changes: { state: "failed", gate: undefined, last_error: endedByGate(gated.result, message, clock) },
  };
};
