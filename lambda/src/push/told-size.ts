/** Another size is told than was sent, and the stream wants the same (`strict`): then the content says whether the copy is whole. */
import { isRefusal } from "../sftp/errors.ts";
import { maxReadBack } from "../sftp/several-handles.ts";
import { hashThere, maxAttempts, type SentCopy } from "./content.ts";
import type { PushContext } from "./context.ts";

/** Are the very bytes there that were sent, whatever size is told? False also where nobody can say. */
export const isWholeByContent = async (
  copy: SentCopy,
  told: number | undefined,
  context: PushContext,
): Promise<boolean> => {
  if (copy.bytes > maxReadBack || copy.attempt > maxAttempts) return false;
  try {
    if ((await hashThere(copy, context)) !== copy.sha256) return false;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return false;
  }
  const { final: destination, bytes } = copy;
  context.log.info("The server tells another size than was sent, or none; the content was compared, and is right", {
    destination,
    bytes,
    told,
  });
  return true;
};
