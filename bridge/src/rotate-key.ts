/** `bridge rotate-key`: a new key beside the old one, tried by the function, and in use only after it has logged in. */
import type { Done } from "../../lambda/src/operator/actions.ts";
import { RotationError } from "./key-places/error.ts";
import { openPlace } from "./key-places/open.ts";
import type { KeyServices } from "./key-places/types.ts";
import { type KeyType, makeKeyPair } from "./new-key.ts";

type Answer = Done<"rotate-key">;

/** Asks the function; undefined where it refuses, which is said already. */
export type Ask = (request: Readonly<Record<string, string>>) => Promise<Answer | undefined>;

export interface Rotation {
  readonly state: "made" | "waits" | "refused" | "switched" | "abandoned" | "none";
  /** The public halves, as lines of authorized_keys. */
  readonly new_key: string | null;
  readonly old_key: string;
  readonly tries: Answer["tries"];
  /** Whether an authority has to certify the key, in place of the partner adding it. */
  readonly certified: boolean;
  /** Where the old key stays, as a sentence. */
  readonly kept: string;
}

export interface RotateOptions {
  readonly stream: string;
  readonly type: KeyType;
  /** Drop the key that waits. */
  readonly abandon: boolean;
  /** The line of the new key's certificate, for a stream that logs in with one. */
  readonly certificate?: string | undefined;
}

/** The next step of a change of keys, whichever is due. Throws RotationError. Undefined where the function refuses. */
export const rotate = async (
  { stream, type, abandon, certificate }: RotateOptions,
  ask: Ask,
  services: KeyServices,
): Promise<Rotation | undefined> => {
  const now = await ask({ stream });
  if (now === undefined) return undefined;
  const { place, key: old, tries } = now;
  if (certificate !== undefined && place.certificate === null)
    throw new RotationError(
      `Stream ${stream} has no sftp.certificate: it logs in with the key alone. Leave out --certificate.`,
    );
  const keys = await openPlace(place, services);
  const certified = place.certificate !== null;
  const told = { new_key: null, old_key: old.line, tries, certified, kept: keys.kept };
  const waits = await keys.waits();
  if (abandon) {
    if (waits) await keys.drop();
    return { ...told, state: waits ? "abandoned" : "none" };
  }
  if (!waits) {
    if (certificate !== undefined)
      throw new RotationError(
        `No new key of stream ${stream} waits for a certificate: without --certificate, the first step makes one. A new certificate for the key in use is put in the place of the old one, and holds five minutes later at most.`,
      );
    const { passphrase } = place;
    const pair = makeKeyPair(
      type,
      passphrase === null ? undefined : await (await openPlace(passphrase, services)).read(),
    );
    await keys.put(pair.privateKey);
    return { ...told, state: "made", new_key: `${pair.line} s3-sftp-bridge-${stream}` };
  }
  const given = certificate === undefined ? {} : { certificate };
  const tried = await ask({ stream, ...(await keys.trial()), ...given });
  if (tried === undefined) return undefined;
  const seen = { ...told, new_key: tried.key.line, tries: tried.tries };
  if (!tried.passed) return { ...seen, state: certified && certificate === undefined ? "waits" : "refused" };
  if (certificate !== undefined && place.certificate !== null) {
    // Before the key: where the command ends between the two, the key still waits, and the same command goes on.
    await (await openPlace(place.certificate, services)).replace(certificate);
    try {
      // It may be a field of the same secret, of which there is another version now.
      await keys.trial();
      await keys.promote();
    } catch (error) {
      throw new RotationError(
        `${error instanceof Error ? error.message : String(error)} The certificate is the new one already, and the key still the old one, so that nobody logs in: mend that at once, and give the same command again.`,
      );
    }
  } else await keys.promote();
  return { ...seen, state: "switched" };
};

const who = ({ tries }: Rotation): string =>
  tries.map(({ partner, streams }) => `${partner} (${streams.join(", ")})`).join(", ");

/** What to do next, in words; the public key has a line of its own. */
export const describeRotation = (rotation: Rotation, stream: string): string => {
  const { state, new_key, old_key, tries, certified, kept } = rotation;
  const again = `bridge rotate-key --stream ${stream}`;
  const next = certified ? `${again} --certificate FILE, with the file that comes back (…-cert.pub)` : again;
  if (state === "none") return "No key waits; nothing was changed.";
  if (state === "abandoned")
    return certified
      ? "The key that waited is dropped; the one in use stays. A certificate that was made for it is of no use any more."
      : "The key that waited is dropped; the one in use stays. If the partner has added it already, have it removed.";
  const partners = `It is used for ${who(rotation)}.`;
  const askFor = certified
    ? "Have this line certified by whoever has signed the present certificate, for the same user (ssh-keygen -s CA -I NAME -n USER -V +52w FILE.pub):"
    : "Send the partner this line, to be added to our user's keys (authorized_keys) beside the old one, which stays until you write again:";
  if (state === "made")
    return [
      `A new key waits beside the one in use; nothing else has changed. ${partners}`,
      askFor,
      "",
      String(new_key),
      "",
      `Then: ${next}`,
    ].join("\n");
  if (state === "waits")
    return [
      "A new key waits, and its certificate is missing; the old key stays in use.",
      askFor,
      "",
      String(new_key),
      "",
      `Then: ${next}; or drop it: ${again} --abandon`,
    ].join("\n");
  if (state === "refused")
    return [
      "The new key doesn't log in everywhere yet; the old one stays in use:",
      ...tries.map(({ partner, passed, detail }) => `  ${partner}: ${passed === true ? "ok, " : ""}${detail}`),
      certified
        ? "The certificate has to be of this line:"
        : "The partner has to have this line among our user's keys:",
      "",
      String(new_key),
      "",
      `Then again: ${next}; or drop it: ${again} --abandon`,
    ].join("\n");
  const inUse = `The new key has logged in, and is in use from now on (five minutes later at most). ${partners}`;
  if (certified)
    return [
      inUse,
      "Its certificate has taken the place of the old one. For those minutes a log-in may find one of the two old and the other new: it is refused before anything is sent, and tried again.",
      "",
      kept,
    ].join("\n");
  return [
    inUse,
    "Tell the partner, in ten minutes, that this key is no longer used and can be removed:",
    "",
    old_key,
    "",
    kept,
  ].join("\n");
};
