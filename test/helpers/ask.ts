import { dispatch } from "../../lambda/src/dispatch.ts";
import type { Effects } from "./effects.ts";
import type { World } from "./world.ts";

/** An answer as a test looks at it. */
export interface Asked {
  readonly ok: boolean;
  readonly error?: { readonly kind: string; readonly message: string };
  readonly next?: string;
  readonly [field: string]: unknown;
}

/** What an operator gets who sends this event to the function. */
export const ask = async (world: World, event: object, effects?: Effects): Promise<Asked> =>
  (await dispatch(world.bridge(effects).invocation, event)) as Asked;

/** Files of an answer as `path: result`. */
export const results = (answer: Asked): string[] =>
  (answer["files"] as { path: string; result: string }[]).map(({ path, result }) => `${path}: ${result}`).sort();

/** How often the file of the world's one entry, or of that with this path, was delivered. */
export const deliveriesOf = (world: World, path?: string): number => {
  const entry = world.entries().find((one) => path === undefined || one["path"] === path);
  return Array.isArray(entry?.["deliveries"]) ? entry["deliveries"].length : 0;
};
