/** What was learned of a partner's server: shown, and forgotten when the user says so. */
import { abilities, isAbility, isLimit, limits, type TraitName } from "../config/server-traits.ts";
import { partnerOf, type StreamConfig } from "../config/types.ts";
import type { Invocation } from "../invocation.ts";
import { forgetTraits as forget, readTraits } from "../journal/traits.ts";
import { ActionError } from "./action-error.ts";
import { streamNamed } from "./select.ts";

export interface TraitShown {
  readonly trait: TraitName;
  readonly value: boolean | number;
  /** What the trait means. */
  readonly meaning: string;
  /** ISO 8601; null where the user has said so (`sftp.server`). */
  readonly since: string | null;
  readonly why: string;
}

const meaningOf = (name: TraitName): string => (isAbility(name) ? abilities[name] : limits[name]);

/** What is known of a stream's partner, from its configuration and from the journal. */
export const traitsShown = async ({ deps }: Invocation, { sftp }: StreamConfig): Promise<TraitShown[]> => {
  const given = Object.entries(sftp.server ?? {}) as [TraitName, boolean | number][];
  const learned = await readTraits(deps.table, partnerOf(sftp), deps.clock.wall());
  return [
    ...given.map(([trait, value]) => ({
      trait,
      value,
      meaning: meaningOf(trait),
      since: null,
      why: "sftp.server says so",
    })),
    ...Object.entries(learned)
      .filter(([name]) => !given.some(([trait]) => trait === name))
      .map(([name, { value, at, why }]) => ({
        trait: name as TraitName,
        value,
        meaning: meaningOf(name as TraitName),
        since: new Date(at).toISOString(),
        why,
      })),
  ];
};

export interface ForgetRequest {
  readonly stream: string;
  readonly trait?: string | undefined;
}

export interface ForgetAnswer {
  readonly partner: string;
  readonly forgotten: readonly TraitName[];
}

/** Forgets one trait of a stream's partner, or all that was learned. Throws ActionError for a name that is none. */
export const forgetTraits = async (
  { deps }: Invocation,
  { stream: name, trait }: ForgetRequest,
): Promise<ForgetAnswer> => {
  const stream = streamNamed(deps.config, name);
  if (trait !== undefined && !isAbility(trait) && !isLimit(trait))
    throw new ActionError(
      "malformed",
      `There is no trait ${JSON.stringify(trait)}; there are ${[...Object.keys(abilities), ...Object.keys(limits)].join(", ")}.`,
    );
  const partner = partnerOf(stream.sftp);
  const change = { table: deps.table, partner, now: deps.clock.wall(), nonce: deps.nonce };
  return { partner, forgotten: await forget(change, trait === undefined ? undefined : [trait]) };
};
