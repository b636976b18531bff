import test from "ava";
import { Refusal } from "../../../scripts/migrate/json.ts";
import { migrate } from "../../../scripts/migrate/migrate.ts";
import type { Migration, Options } from "../../../scripts/migrate/types.ts";

type Stream = Record<string, unknown> & { sftpConfig?: Record<string, unknown> };

const stream = (changes: Stream = {}): Stream => ({
  s3Location: "our-bucket/out/acme",
  sftpLocation: "inbox",
  ...changes,
  sftpConfig: { host: "sftp.acme.example", username: "us", password: "s3cret-value", ...changes.sftpConfig },
});

const ask = (config: unknown, options: Partial<Options> = {}): Migration =>
  migrate(typeof config === "string" ? config : JSON.stringify(config), {
    source: "config.json",
    bridge: "partner-files",
    schedules: [],
    pushed: [],
    kmsKeys: new Map(),
    encryptionContexts: new Map(),
    account: "111122223333",
    region: "eu-central-1",
    ...options,
  });

const refusalOf = (config: unknown, options: Partial<Options> = {}): readonly string[] => {
  try {
    ask(config, options);
  } catch (error) {
    if (error instanceof Refusal) return error.reasons;
    throw error;
  }
  return [];
};

const told = ({ hcl, left, remarks, steps }: Migration): string => [hcl, ...left, ...remarks, ...steps].join("\n");

test("a stream that no rule polls is a push, one that is polled a pull by the rule's schedule", (t) => {
  const { hcl, left } = ask(
    {
      Out_1: stream(),
      in: stream({ s3Location: "our-bucket/in", sftpLocation: "outbox/daily/", fileRetentionDays: 30 }),
    },
    { schedules: ["in=cron(0 6 * * ? *)"] },
  );
  t.deepEqual(left, []);
  t.regex(hcl, /Out_1 = \{[\s\S]*push = \{ s3 = "our-bucket\/out\/acme", sftp = "inbox" \}/);
  t.regex(
    hcl,
    /pull = \{\n\s+s3 += "our-bucket\/in"\n\s+sftp += "outbox\/daily"\n\s+schedule += "cron\(0 6 \* \* \? \*\)"\n\s+retention_days = 30\n/,
  );
});

test("rules as `aws events list-rules` prints them: several streams in one, several for one, off, of others, for retries", (t) => {
  const rules = {
    Rules: [
      {
        Name: "a.b",
        Arn: "arn:aws:events:us-east-1:999988887777:rule/a.b",
        State: "ENABLED",
        ScheduleExpression: "rate(5 minutes)",
      },
      { Name: "b", State: "ENABLED", ScheduleExpression: "cron(0 6 * * ? *)" },
      { Name: "c", State: "DISABLED", ScheduleExpression: "rate(1 hour)" },
      { Name: "a.gone", State: "ENABLED", ScheduleExpression: "rate(5 minutes)" },
      { Name: "poll", State: "ENABLED", ScheduleExpression: "rate(10 minutes)" },
      { Name: "nightly-backup", State: "ENABLED", ScheduleExpression: "rate(1 day)" },
      { Name: "b.gone", State: "ENABLED", ScheduleExpression: "rate(7 minutes)" },
      { Name: "pattern", State: "ENABLED", EventPattern: "{}" },
    ],
  };
  const at = (name: string) => stream({ s3Location: `our-bucket/${name}`, sftpLocation: name });
  const result = ask(
    { a: at("a"), b: at("b"), c: at("c") },
    { rules: { text: JSON.stringify(rules), name: "rules.json" }, account: undefined, region: undefined },
  );
  const { hcl, left, remarks, steps } = result;
  t.regex(hcl, /^schedule_rules = \["b"\]$/m);
  t.is(hcl.match(/schedule += "rate\(5 minutes\)"/g)?.length, 2);
  t.regex(hcl, /^ {2}# c = \{$/m, "a stream whose only rule is off is a comment");
  t.is(left.length, 4);
  t.regex(left[0] ?? "", /rule "a\.gone" names "gone", which the configuration doesn't have/);
  t.regex(left[1] ?? "", /rule "b\.gone" names "gone"/);
  t.regex(
    left[2] ?? "",
    /rule "b\.gone" \(rate\(7 minutes\)\) is a further schedule/,
    "the plan would refuse its name",
  );
  t.regex(left[3] ?? "", /^"c": its rule "c" is off/);
  t.true(remarks.some((line) => line.startsWith('rule "poll"')));
  t.true(remarks.some((line) => line.startsWith('rule "nightly-backup"')));
  t.true(remarks.some((line) => /rule "b" \(cron\(0 6 \* \* \? \*\)\) stays yours/.test(line)));
  t.true(steps.some((line) => line.includes("aws events put-targets --rule b ")));
  t.regex(hcl, /secret_arn = "arn:aws:secretsmanager:us-east-1:999988887777:secret:partner-files\/a\/password"/);
  for (const line of [...left, ...remarks, ...steps]) t.true(hcl.includes(`# - ${line}`), line);
});

test("secrets are in nothing that is printed; a command stores each by standard input", (t) => {
  const secrets = { password: "p4ss-w0rd", privateKey: "-----BEGIN KEY-----\nMIIabc\n", passphrase: "op3n it" };
  const result = ask({ "it's a": stream({ sftpConfig: secrets }) });
  for (const value of ["p4ss-w0rd", "MIIabc", "BEGIN KEY", "op3n it"]) t.false(told(result).includes(value), value);
  const stores = result.steps.filter((line) => line.startsWith("Store "));
  t.deepEqual(
    stores.map((line) => line.replace(/^[^:]*: /, "")),
    (
      [
        ["privateKey", "private-key"],
        ["passphrase", "passphrase"],
        ["password", "password"],
      ] as const
    ).map(
      ([field, name]) =>
        `jq -j --arg stream 'it'\\''s a' '.[$stream].sftpConfig.${field}' config.json | aws secretsmanager create-secret --region eu-central-1 --name partner-files/it-s-a/${name} --secret-string file:///dev/stdin`,
    ),
  );
  t.true(
    result.hcl.includes(
      'private_key = { secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:partner-files/it-s-a/private-key" }',
    ) || /private_key = \{\n\s+secret_arn = ".*it-s-a\/private-key"/.test(result.hcl),
  );
});

test("no refusal repeats a value, since it may be a secret", (t) => {
  const value = "hunter2-hunter2";
  const reasons = [
    ...refusalOf(`{"a": {"sftpConfig": {"password": "${value}}}`),
    ...refusalOf({ a: stream({ sftpConfig: { password: { value } } }) }),
    ...refusalOf({ a: stream({ sftpConfig: { password: [value], port: value, pasword: value } }) }),
    ...refusalOf({ a: stream({ sftpConfig: { host: `us:${value}@acme` } }) }),
    ...refusalOf({ a: value }),
    ...refusalOf({ a: stream({ s3Location: `${value}:/` }) }),
  ];
  t.true(reasons.length >= 8);
  for (const reason of reasons) t.false(reason.includes(value), reason);
});

test("a private key in S3, with key and encryption context", (t) => {
  const key = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555";
  const config = { a: stream({ sftpConfig: { password: undefined, s3PrivateKey: "our-keys/sftp/acme" } }) };
  t.true(ask(config).steps.some((line) => line.includes('--kms-key "a"=KEY_ARN')));
  const { hcl, left, steps } = ask(config, {
    kmsKeys: new Map([["a", key]]),
    encryptionContexts: new Map([["a", { partner: "acme", "our unit": "%{x}" }]]),
  });
  t.deepEqual(left, []);
  t.regex(hcl, /s3 += "our-keys\/sftp\/acme"/);
  t.true(hcl.includes(`"${key}"`));
  t.true(hcl.includes('"our unit" = "%%{x}"'), "a text is no template");
  t.false(steps.some((line) => line.includes("--kms-key") || line.startsWith("Store")));
});

test("ssh2's options: fields, options, and what has no counterpart, with its reason", (t) => {
  const sftpConfig = {
    port: 2222,
    readyTimeout: 30_500,
    algorithms: {
      kex: ["diffie-hellman-group14-sha1", "made-up"],
      cipher: { append: "aes128-cbc", remove: ["never-was"] },
    },
    keepaliveInterval: 10_000,
    keepaliveCountMax: 5,
    tryKeyboard: true,
    forceIPv4: true,
    strictVendor: false,
    ident: "bridge",
    localAddress: "10.0.0.1",
  };
  const { hcl, left } = ask({ a: stream({ sftpConfig }) });
  for (const line of ["port                    = 2222", "connect_timeout_seconds = 31", "keepaliveCountMax = 5"])
    t.true(hcl.replace(/ +/g, " ").includes(line.replace(/ +/g, " ")), line);
  t.regex(hcl, /kex += \["diffie-hellman-group14-sha1"\]/);
  t.regex(hcl, /cipher = \{ append = \["aes128-cbc"\] \}/);
  for (const name of ["tryKeyboard", "forceIPv4", "strictVendor", "ident", "localAddress", "keepaliveInterval"])
    t.regex(hcl, new RegExp(`${name} += `));
  t.deepEqual(left, ['"a": sftpConfig.algorithms.kex: "made-up": ssh2 no longer has it.']);

  const unlike = {
    agent: "/tmp/agent",
    agentForward: true,
    authHandler: ["password"],
    compress: true,
    debug: true,
    hostHash: "md5",
    hostVerifier: "f",
    localHostname: "h",
    localPort: 1,
    localUsername: "u",
    sock: {},
    timeout: 1,
    allowAgentFwd: true,
  };
  const listed = ask({ a: stream({ sftpConfig: unlike }) }).left;
  for (const name of Object.keys(unlike))
    t.true(
      listed.some((line) => line.startsWith(`"a": sftpConfig.${name}: `)),
      name,
    );
});

test("names that no rule can have are mapped and listed, all others stay, and none falls together with another", (t) => {
  const names = ["Acme_In", "a-1", "-x_", "über uns", "a.1", "a 1", "日本", "__proto__", "constructor", "n".repeat(70)];
  const config = Object.fromEntries(names.map((name, i) => [name, stream({ sftpLocation: `d${i}` })]));
  const { hcl, left } = ask(config);
  for (const name of ["Acme_In", "a-1", "-x_", "__proto__", "constructor"])
    t.regex(hcl, new RegExp(`^ {2}"?${name}"? = \\{$`, "m"));
  t.is(left.filter((line) => line.includes("its name can't be that of a rule")).length, 5);
  const here = [...hcl.matchAll(/^ {2}"?([^" ]+)"? = \{$/gm)].map(([, name]) => name ?? "");
  t.is(new Set(here).size, names.length);
  for (const name of here) t.regex(name, /^[A-Za-z0-9_-]{1,64}$/);
});

test("what is polled and called as well can't be both at one place: listed", (t) => {
  const config = { a: stream() };
  t.deepEqual(ask(config, { schedules: ["a=rate(1 hour)"] }).left, []);
  const [line = ""] = ask(config, { schedules: ["a=rate(1 hour)"], pushed: ["a"] }).left;
  t.regex(line, /objects put to s3Location were sent to the partner too/);
});

test("texts that Terraform would change are listed", (t) => {
  const { left } = ask({ a: stream({ s3Location: "our-bucket/caf\u00e9", sftpLocation: "cafe\u0301" }) });
  t.is(left.length, 1);
  t.regex(left[0] ?? "", /^"a": sftpLocation: it has letters followed by combining marks/);
});

test("a relay, which the original's mark prevented, is told", (t) => {
  const { remarks } = ask(
    {
      from: stream({ s3Location: "our-bucket/x" }),
      to: stream({ s3Location: "our-bucket/x/y", sftpConfig: { host: "b.example" } }),
    },
    { schedules: ["from=rate(1 hour)"] },
  );
  t.true(remarks.some((line) => line.startsWith('"to" sends from where "from" fetches to')));
});

const refused: readonly [string, unknown, RegExp, Partial<Options>?][] = [
  [
    "malformed JSON, with line and column",
    '{\n  "a": {\n    "s3Location": oops\n  }\n}',
    /^config\.json, line 3, column 19: not JSON/,
  ],
  ["a trailing comma", '{\n"a": 1,\n}', /^config\.json, line 3, column 1: not JSON/],
  ["a comment", "{ // ours\n}", /line 1, column 3: not JSON: JSON has no comments/],
  ["nothing", "", /line 1, column 1: not JSON/],
  ["more after the end", "{} {}", /line 1, column 4: not JSON: something follows/],
  [
    "a duplicate stream",
    '{"a": 1,\n "a": 2}',
    /^config\.json, line 2, column 2: "a" is there twice \(first in line 1, column 2\)/,
  ],
  [
    "a duplicate field",
    '{"a": {"sftpConfig": {"host": "x",\n"host": "y"}}}',
    /line 2, column 1: "a\.sftpConfig\.host" is there twice/,
  ],
  ["duplicates by escapes", '{"a": 1, "\\u0061": 2}', /"a" is there twice/],
  ["a list", [], /has to be an object, from stream names to streams/],
  ["no streams", {}, /no streams in it/],
  ["a stream that is a text", { a: "b" }, /line 1, column 2: stream "a": it has to be an object, and is a string/],
  [
    "an unknown field",
    '{"a": {\n"s3Location": "our-bucket", "sftpLocation": "", "sftpLocatoin": "x", "sftpConfig": {"host": "h", "username": "u", "password": "p"}}}',
    /line 2, column 49: stream "a": sftpLocatoin is no field of the original.*Its fields here: fileRetentionDays, s3Location/,
  ],
  [
    "an unknown field of sftpConfig",
    { a: stream({ sftpConfig: { pasword: "x" } }) },
    /sftpConfig\.pasword is no field.*privateKey/,
  ],
  ["a missing field", { a: { s3Location: "our-bucket", sftpLocation: "x" } }, /sftpConfig is missing/],
  [
    "a port that is a text",
    { a: stream({ sftpConfig: { port: "22" } }) },
    /sftpConfig\.port has to be a number, and is a string/,
  ],
  ["a port out of range", { a: stream({ sftpConfig: { port: 70_000 } }) }, /sftpConfig\.port has to be 1 to 65535/],
  [
    "days that are a text",
    { a: stream({ fileRetentionDays: "14" }) },
    /fileRetentionDays has to be a number, and is a string/,
  ],
  ["null for a text", { a: stream({ s3Location: null }) }, /s3Location has to be a text, and is null/],
  ["a list for an object", { a: { ...stream(), sftpConfig: [] } }, /sftpConfig has to be an object|sftpConfig\.\w+ /],
  ["no credentials", { a: stream({ sftpConfig: { password: undefined } }) }, /no password, privateKey or s3PrivateKey/],
  ["no host", { a: stream({ sftpConfig: { host: undefined } }) }, /sftpConfig\.host is missing/],
  ["a host with a scheme", { a: stream({ sftpConfig: { host: "sftp://x" } }) }, /sftpConfig\.host is no host name/],
  [
    "a bucket that is none",
    { a: stream({ s3Location: "/our-bucket/x" }) },
    /s3Location does not begin with a bucket's name/,
  ],
  ["a way up", { a: stream({ sftpLocation: "a/../b" }) }, /sftpLocation has "\.\." in it/],
  [
    "two pulls to one place",
    { a: stream(), b: stream({ s3Location: "our-bucket/out", sftpLocation: "x" }) },
    /streams "a" and "b" overlap: both are polled/,
    { schedules: ["a.b=rate(1 hour)"] },
  ],
  [
    "one directory in another's",
    { a: stream(), b: stream({ s3Location: "our-bucket/b", sftpLocation: "inbox/deep" }) },
    /streams "a" and "b" overlap: sftpLocation "inbox" \(push\) and "inbox\/deep" \(push\) at us@sftp\.acme\.example:22/,
  ],
  [
    "the log-in directory holds all relative ones",
    { a: stream({ sftpLocation: "." }), b: stream({ s3Location: "our-bucket/b" }) },
    /streams "a" and "b" overlap/,
  ],
  [
    "a schedule for no stream",
    { a: stream() },
    /--schedule a\.b: no stream is called "b"; there are: a/,
    { schedules: ["a.b=rate(1 hour)"] },
  ],
  ["a schedule that is none", { a: stream() }, /--schedule "a=5 minutes": write/, { schedules: ["a=5 minutes"] }],
  [
    "rules of another kind",
    { a: stream() },
    /rules\.json, line 1, column 1: not what `aws events list-rules` prints/,
    { rules: { text: "[]", name: "rules.json" } },
  ],
  [
    "rules with a page missing",
    { a: stream() },
    /NextToken/,
    { rules: { text: '{"Rules": [], "NextToken": "x"}', name: "rules.json" } },
  ],
  ["an option for no stream", { a: stream() }, /--push b: no stream is called so/, { pushed: ["b"] }],
];

for (const [title, config, message, options] of refused)
  test(`refused: ${title}`, (t) => {
    const reasons = refusalOf(config, options);
    t.true(
      reasons.some((reason) => message.test(reason)),
      reasons.join("\n") || "it was taken",
    );
  });

test("all mistakes are told at once", (t) => {
  t.is(
    refusalOf({ a: stream({ sftpConfig: { port: "22", pasword: "x" } }), b: { ...stream(), sftpLocation: 1 } }).length,
    3,
  );
});

test("two partners may be called the same, and places that only begin alike are two", (t) => {
  t.deepEqual(
    refusalOf(
      {
        a: stream({ s3Location: "our-bucket/a" }),
        b: stream({ s3Location: "our-bucket/ab", sftpLocation: "inbox2" }),
        c: stream({ s3Location: "our-bucket/c", sftpConfig: { username: "other" } }),
      },
      { schedules: ["a.b.c=rate(1 hour)"] },
    ),
    [],
  );
});
