/** `bridge rotate-key`: a new key beside the old one, tried by the function, and in use only after it has logged in. */
import type { Done } from "../../lambda/src/operator/actions.ts";
import {
  dropPending,
  freshPending,
  promote,
  putPending,
  readSecret,
  type SecretsManager,
  versionsOf,
} from "./key-store.ts";
import { type KeyType, makeKeyPair } from "./new-key.ts";

type Answer = Done<"rotate-key">;

/** Asks the function; undefined where it refuses, which is said already. */
export type Ask = (request: Readonly<Record<string, string>>) => Promise<Answer | undefined>;

export interface Rotation {
  readonly state: "made" | "refused" | "switched" | "abandoned" | "none";
  /** The public halves, as lines of authorized_keys. */
  readonly new_key: string | null;
  readonly old_key: string;
  readonly tries: Answer["tries"];
}

export interface RotateOptions {
  readonly stream: string;
  readonly type: KeyType;
  /** Drop the key that waits. */
  readonly abandon: boolean;
}

/** The next step of a change of keys, whichever is due. Throws RotationError. Undefined where the function refuses. */
export const rotate = async (
  { stream, type, abandon }: RotateOptions,
  ask: Ask,
  secrets: (arn: string) => Promise<SecretsManager>,
): Promise<Rotation | undefined> => {
  const now = await ask({ stream });
  if (now === undefined) return undefined;
  const { place, key: old, tries } = now;
  const client = await secrets(place.secret_arn);
  const { current, pending } = await versionsOf(client, place);
  if (abandon) {
    if (pending !== undefined) await dropPending(client, place, pending);
    return { state: pending === undefined ? "none" : "abandoned", new_key: null, old_key: old.line, tries };
  }
  if (pending === undefined) {
    const { passphrase } = place;
    const pair = makeKeyPair(
      type,
      passphrase === null ? undefined : await readSecret(await secrets(passphrase.secret_arn), passphrase),
    );
    await putPending(client, place, pair.privateKey);
    return { state: "made", new_key: `${pair.line} s3-sftp-bridge-${stream}`, old_key: old.line, tries };
  }
  const waiting = await freshPending(client, place, pending);
  const tried = await ask({ stream, key_version: waiting });
  if (tried === undefined) return undefined;
  if (tried.passed) await promote(client, place, { current, pending: waiting });
  return {
    state: tried.passed ? "switched" : "refused",
    new_key: tried.key.line,
    old_key: old.line,
    tries: tried.tries,
  };
};

const who = ({ tries }: Rotation): string =>
  tries.map(({ partner, streams }) => `${partner} (${streams.join(", ")})`).join(", ");

/** What to do next, in words; the public key has a line of its own. */
export const describeRotation = (rotation: Rotation, stream: string): string => {
  const { state, new_key, old_key, tries } = rotation;
  const again = `bridge rotate-key --stream ${stream}`;
  if (state === "none") return "No key waits; nothing was changed.";
  if (state === "abandoned")
    return "The key that waited is dropped; the one in use stays. If the partner has added it already, have it removed.";
  const partners = `It is used for ${who(rotation)}.`;
  if (state === "made")
    return [
      `A new key waits beside the one in use; nothing else has changed. ${partners}`,
      "Send the partner this line, to be added to our user's keys (authorized_keys) beside the old one, which stays until you write again:",
      "",
      String(new_key),
      "",
      `Then: ${again}`,
    ].join("\n");
  if (state === "refused")
    return [
      "The new key doesn't log in everywhere yet; the old one stays in use:",
      ...tries.map(({ partner, passed, detail }) => `  ${partner}: ${passed === true ? "ok, " : ""}${detail}`),
      "The partner has to have this line among our user's keys:",
      "",
      String(new_key),
      "",
      `Then again: ${again}; or drop it: ${again} --abandon`,
    ].join("\n");
  return [
    `The new key has logged in, and is in use from now on (five minutes later at most). ${partners}`,
    "Tell the partner, in ten minutes, that this key is no longer used and can be removed:",
    "",
    old_key,
    "",
    "The old key is kept in the secret as AWSPREVIOUS until the next change.",
  ].join("\n");
};
