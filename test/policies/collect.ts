// Finds every policy in what Terraform has made: whatever attribute or output it is in, so that none is forgotten when a
// resource is added.

export type Policy = {
  /** Where it is, as `module.bridge.aws_iam_role_policy.this.policy`. */
  readonly name: string;
  readonly policy: Readonly<Record<string, unknown>>;
};

type Module = {
  readonly resources?: readonly { readonly address: string; readonly values: Readonly<Record<string, unknown>> }[];
  readonly child_modules?: readonly Module[];
};

/** As `terraform show -json` prints it; developer.hashicorp.com/terraform/internals/json-format. */
export type State = {
  readonly values?: {
    readonly root_module?: Module;
    readonly outputs?: Readonly<Record<string, { readonly value: unknown }>>;
  };
};

/** All policies of a state: of resources, and of outputs that others attach. */
export function policiesIn({ values }: State): Policy[] {
  const outputs = Object.entries(values?.outputs ?? {}).map(([name, { value }]) => [`output.${name}`, value] as const);
  const roots = [...resourcesOf(values?.root_module ?? {}), ...outputs];
  return roots.flatMap(([name, value]) => [...find(name, value)]);
}

function resourcesOf({ resources = [], child_modules = [] }: Module): (readonly [string, unknown])[] {
  const own = resources.flatMap(({ address, values }) => [
    [address, values] as const,
    ...(values["action"] !== undefined && values["principal"] !== undefined ? [permission(address, values)] : []),
  ]);
  return [...own, ...child_modules.flatMap(resourcesOf)];
}

/** A permission (aws_lambda_permission, aws_cloudwatch_event_permission) is a statement that AWS writes for us. */
function permission(address: string, { action, principal, function_name }: Readonly<Record<string, unknown>>) {
  const who = /\./.test(String(principal)) ? { Service: principal } : { AWS: principal };
  const statement = { Effect: "Allow", Action: action, Principal: who, ...resourceOf(action, function_name) };
  return [`${address} (permission)`, statement] as const;
}

function resourceOf(action: unknown, functionName: unknown): object {
  return String(action).startsWith("lambda:")
    ? { Resource: `arn:aws:lambda:eu-central-1:123456789012:function:${functionName}` }
    : { Resource: "arn:aws:events:eu-central-1:123456789012:event-bus/default" };
}

function* find(name: string, value: unknown): Generator<Policy> {
  if (typeof value === "string") {
    if (!value.startsWith("{") && !value.startsWith("[")) return;
    const parsed = parse(value);
    if (parsed !== undefined) yield* find(name, parsed);
  } else if (Array.isArray(value)) {
    for (const [index, one] of value.entries()) yield* find(`${name}[${index}]`, one);
  } else if (isRecord(value)) {
    // The policy that SNS gives every topic, until it has another: it isn't ours.
    if (JSON.stringify(value).includes('"__default_statement_ID"') && "Statement" in value) return;
    if ("Statement" in value) yield { name, policy: value };
    // A statement by itself, for somebody to put into a policy.
    else if ("Effect" in value && "Action" in value)
      yield { name, policy: { Version: "2012-10-17", Statement: [value] } };
    else for (const [key, one] of Object.entries(value)) yield* find(`${name}.${key}`, one);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
