import type { QuickS3 } from "../aws/s3.ts";
import type { ObjectPlace, OpenObject } from "./objects.ts";
import { versionOf } from "./version.ts";

/** An object without the SDK. Undefined: that has to be asked. */
export const openQuickly = async (
  quick: Pick<QuickS3, "get"> | undefined,
  place: ObjectPlace,
  options: Parameters<QuickS3["get"]>[1],
): Promise<OpenObject | "missing" | undefined> => {
  const answer = await quick?.get(place, options);
  if (answer === undefined || answer === "missing") return answer;
  const { head, body, discard } = answer;
  return { ...versionOf(head), body, discard };
};
