import type { Entry } from "../journal/entry.ts";
import type { PushContext } from "./context.ts";
import { destinationOf } from "./prepare.ts";

/** Where a version of a file goes at the partner: as it was decided for this version, else as its key says. Throws RefusedError. */
export const finalOf = (
  { path, target }: Entry,
  identity: string | undefined,
  { stream, push }: Pick<PushContext, "stream" | "push">,
): string =>
  destinationOf(stream.name, push, target !== undefined && target.identity === identity ? target.path : path);
