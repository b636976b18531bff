/** An original configuration and its schedule rules as a stream map in HCL, and all that isn't in it. */
import { type Document, Refusal, readJson } from "./json.ts";
import { nameStreams } from "./names.ts";
import { type OriginalStream, readOriginal } from "./original.ts";
import { render } from "./render.ts";
import { pollsOf, type Rule, readRules, readSchedule } from "./rules.ts";
import type { Account, SecretField } from "./secrets.ts";
import { sharePartners } from "./shared.ts";
import { stepsFor } from "./steps.ts";
import { type Migrated, migrateStream } from "./stream.ts";
import { overlapsOf, relaysOf } from "./together.ts";
import type { Migration, Options } from "./types.ts";

/** From the rules' ARNs, where nothing else tells. */
const accountOf = (options: Options, rules: readonly Rule[]): Account => {
  const [, partition = "aws", region = "REGION", account = "ACCOUNT"] =
    rules
      .map(({ arn }) => /^arn:([a-z-]+):events:([a-z0-9-]+):([0-9]{12}):/.exec(arn ?? ""))
      .find((match) => match !== null) ?? [];
  return { partition, region: options.region ?? region, account: options.account ?? account };
};

const checkNames = (options: Options, names: readonly string[]): void => {
  const asked = {
    "--push": options.pushed,
    "--kms-key": [...options.kmsKeys.keys()],
    "--encryption-context": [...options.encryptionContexts.keys()],
  };
  const reasons = Object.entries(asked).flatMap(([option, given]) =>
    given
      .filter((name) => !names.includes(name))
      .map((name) => `${option} ${name}: no stream is called so; there are: ${names.join(", ")}.`),
  );
  if (reasons.length > 0) throw new Refusal(reasons);
};

/** Rules that a stream needs beside the one that became its schedule: they stay the user's, where the module takes their names. */
const furtherRules = (
  schedules: ReadonlyMap<string, readonly Rule[]>,
  named: ReadonlyMap<string, string>,
): { readonly kept: readonly Rule[]; readonly lost: readonly Rule[] } => {
  const rest = [...schedules.values()].flatMap(([first, ...others]) =>
    others.filter(({ schedule }) => schedule !== first?.schedule),
  );
  const rules = [...new Map(rest.map((rule) => [rule.name, rule])).values()];
  const isTaken = ({ name }: Rule) =>
    name.length <= 64 && name.split(".").every((part) => schedules.has(part) && named.get(part) === part);
  return { kept: rules.filter(isTaken), lost: rules.filter((rule) => !isTaken(rule)) };
};

const secretIn = (originals: readonly OriginalStream[], stream: string, field: SecretField): string =>
  originals.find(({ name }) => name === stream)?.sftpConfig[field] ?? "";

/** Throws a Refusal that lists everything wrong with the input. */
export const migrate = (text: string, options: Options): Migration => {
  const document: Document = readJson(text, options.source);
  const originals = readOriginal(document, options.source);
  const names = originals.map(({ name }) => name);
  checkNames(options, names);
  const listed =
    options.rules === undefined ? [] : readRules(readJson(options.rules.text, options.rules.name), options.rules.name);
  const polls = pollsOf(names, listed, options.schedules.map(readSchedule));
  const account = accountOf(options, listed);
  const named = nameStreams(names);

  const each = originals.map((given) => {
    const rules = polls.schedules.get(given.name);
    const paused = polls.paused.get(given.name);
    return migrateStream({
      name: named.get(given.name) ?? given.name,
      given,
      rules: rules ?? paused ?? [],
      paused: rules === undefined && paused !== undefined,
      alsoPushed: options.pushed.includes(given.name),
      secrets: {
        bridge: options.bridge,
        account,
        arns: options.arns ?? new Map(),
        kmsKeyArn: options.kmsKeys.get(given.name),
        encryptionContext: options.encryptionContexts.get(given.name) ?? {},
      },
    });
  });
  const streams = sharePartners(each, originals);
  const label = (one: Migrated, message: string) => `${JSON.stringify(one.original)}: ${message}`;
  const wrong = [
    ...streams.flatMap((one) =>
      one.wrong.map((reason) => `${options.source}, ${document.placeOf([one.original])}: stream ${label(one, reason)}`),
    ),
    ...overlapsOf(streams).map((reason) => `${options.source}: ${reason}`),
  ];
  if (wrong.length > 0) throw new Refusal(wrong);

  const { kept, lost } = furtherRules(polls.schedules, named);
  const left = [
    ...polls.left,
    ...lost.map(
      ({ name, schedule }) =>
        `rule ${JSON.stringify(name)} (${schedule}) is a further schedule, and its name isn't a list of streams that are polled here. Make it anew, named after these with periods between, and list it in schedule_rules.`,
    ),
    ...streams.flatMap((one) => one.left.map((reason) => label(one, reason))),
  ];
  const remarks = [
    ...(options.rules === undefined && options.schedules.length === 0
      ? [
          "no rules were given, so every stream is taken for a push. Give --rules or --schedule for those that are polled.",
        ]
      : []),
    ...polls.remarks,
    ...streams.flatMap((one) => one.remarks.map((reason) => label(one, reason))),
    ...kept.map(
      ({ name, schedule }) =>
        `rule ${JSON.stringify(name)} (${schedule}) stays yours: a stream has one schedule of its own, and schedule_rules lets this one call the function too.`,
    ),
    ...relaysOf(streams),
    ...(streams.some(({ side }) => side === "pull")
      ? [
          "files whose names end as unfinished ones do (.tmp, .part and the like) stay at the partner until they have another name; the original fetched them. temporary_suffixes = [] in a pull does so too.",
        ]
      : []),
  ];
  const steps = stepsFor(streams, kept, options, account);
  const secrets = streams.flatMap(({ original, stored }) =>
    [...stored].map(([field, name]) => ({ name, value: secretIn(originals, original, field) })),
  );
  return { hcl: render(streams, kept, options.source, { left, remarks, steps }), left, remarks, steps, secrets };
};
