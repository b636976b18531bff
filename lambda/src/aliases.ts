/**
 * The function's aliases. Each is a way in on which so much can be asked and no more: who may invoke which is IAM's to say, and
 * that an event came in by one can't be forged. Without an alias everything can be asked, so that this permission is given to
 * nobody by the module. docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html
 */
export const aliases = {
  /** Rules of EventBridge. */
  schedule: ["tick", "poll"],
  /** The queue's event source, and notifications that a bucket sends to the function itself. */
  intake: ["intake"],
  /** What a tick starts by itself. */
  drain: ["drain"],
  /** An operator who looks. */
  read: ["read"],
  /** An operator who changes something. */
  operate: ["read", "change", "tick", "poll"],
} as const satisfies Readonly<Record<string, readonly Request[]>>;

/** What an event may ask for: `read` and `change` are actions of an operator. */
export type Request = "tick" | "poll" | "intake" | "drain" | "read" | "change";

export type Alias = keyof typeof aliases;

/** An event asks for what its way in doesn't offer. The message says which one does. */
export class NotOffered extends Error {
  override readonly name = "NotOffered";
  readonly kind = "not-offered";
}

/**
 * The alias by which the function was invoked; undefined for the function itself.
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html
 */
export const aliasOf = (invokedFunctionArn: string | undefined): string | undefined => {
  const qualifier = invokedFunctionArn?.split(":")[7];
  return qualifier === "$LATEST" ? undefined : qualifier;
};

/** Throws NotOffered unless this may be asked by this alias. One that the module doesn't make offers nothing. */
export const assertOffered = (alias: string | undefined, request: Request): void => {
  if (alias === undefined) return;
  const offered: readonly Request[] = Object.hasOwn(aliases, alias) ? aliases[alias as Alias] : [];
  if (offered.includes(request)) return;
  const ways = (Object.keys(aliases) as Alias[]).filter((name) =>
    (aliases[name] as readonly Request[]).includes(request),
  );
  throw new NotOffered(
    `By the function's alias "${alias}" nobody can ask for this (${request}): it is offered by ${ways.join(" or ")}. Where an operator asked, give the alias with the function's name, as the command \`bridge\` does, and see that the role may invoke it; where nobody did, find out which rule or role sent this event`,
  );
};
