import test from "ava";
import { ConfigError } from "../../../lambda/src/config/errors.ts";
import { parseConfig } from "../../../lambda/src/config/parse.ts";
import { documentWith, streamDocument } from "../../helpers/config-document.ts";

test("the module's document becomes the stream map, without what isn't set", (t) => {
  const { streams } = parseConfig(documentWith({}));
  t.deepEqual(streams.get("acme"), {
    name: "acme",
    sftp: {
      host: "sftp.acme.example",
      port: 22,
      username: "us",
      hostKeys: ["SHA256:uGKMJnFJzhJNUtHnfzRE3xXmk7Hs4mlKzZ0Ft4mAgNI"],
      insecureIgnoreHostKey: false,
      privateKey: {
        secretArn: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:acme-AbCdEf",
        jsonKey: "private_key",
      },
      maxConnections: 2,
      connectTimeoutSeconds: 20,
      operationTimeoutSeconds: 60,
      options: { keepaliveInterval: 10_000 },
    },
    push: {
      bucket: "our-bucket",
      prefix: "out/acme/",
      directory: "inbox",
      include: ["**/*.csv"],
      exclude: [],
      upload: "atomic",
      verify: "strict",
    },
    pull: {
      bucket: "our-bucket",
      prefix: "in/acme/",
      directory: "outbox",
      include: [],
      exclude: ["**/*.bak"],
      after: "move",
      retentionDays: 14,
      minAgeSeconds: 0,
      maxOpenFiles: 100_000,
      temporarySuffixes: [".part"],
    },
    retryForDays: 7,
    counts: [],
    expected: [],
  });
});

const gateArn = "arn:aws:lambda:eu-central-1:123456789012:function:scan:live";

test("a gate is a function or GuardDuty, with a time", (t) => {
  const gateOf = (gate: unknown) => parseConfig(documentWith({ "push.gate": gate })).streams.get("acme")?.push?.gate;
  t.deepEqual(gateOf({ function_arn: gateArn, guardduty: null, timeout_hours: 2 }), {
    functionArn: gateArn,
    timeoutHours: 2,
  });
  t.deepEqual(gateOf({ function_arn: null, guardduty: {} }), { timeoutHours: 24 });
  t.is(gateOf(null), undefined);
  const { pull } =
    parseConfig(documentWith({ "pull.gate": { guardduty: {}, timeout_hours: 144 } })).streams.get("acme") ?? {};
  t.deepEqual(pull?.gate, { timeoutHours: 144 });
});

test("a stream may go one way only, and lists may be null", (t) => {
  const { streams } = parseConfig(
    documentWith({ pull: null, "push.include": null, "push.exclude": undefined, "sftp.options": null }),
  );
  const acme = streams.get("acme");
  t.false("pull" in (acme ?? {}));
  t.deepEqual(acme?.push?.include, []);
  t.deepEqual(acme?.sftp.options, {});
});

test("fields of a later module are left alone", (t) => {
  t.notThrows(() => parseConfig(documentWith({ "push.later": 1, later: true, "sftp.later": "x" })));
});

test("stream names that are words of JavaScript are names like any other", (t) => {
  const streams = `{"constructor":${JSON.stringify(streamDocument())},"__proto__":${JSON.stringify(streamDocument())}}`;
  t.deepEqual([...parseConfig(`{"version":1,"streams":${streams}}`).streams.keys()], ["constructor", "__proto__"]);
});

test("an empty map is a bridge without streams", (t) => {
  t.is(parseConfig('{"version":1,"streams":{}}').streams.size, 0);
});

const expectedFile = (change: Record<string, unknown>) => ({
  direction: "pull",
  match: "**",
  count: 1,
  by: "07:30",
  days: ["MON"],
  except: [],
  time_zone: "Europe/Berlin",
  within_hours: 24,
  ...change,
});

const mistakes: readonly [name: string, change: Record<string, unknown>, message: RegExp][] = [
  ["no push and no pull", { push: null, pull: null }, /needs a push, a pull or both/],
  ["no sftp", { sftp: undefined }, /sftp is missing/],
  ["no host", { "sftp.host": "" }, /sftp\.host may not be empty/],
  ["a URL for a host", { "sftp.host": "sftp://a" }, /sftp\.host has to be a host name/],
  ["a port of text", { "sftp.port": "22" }, /sftp\.port has to be a whole number from 1 to 65535/],
  ["a port too high", { "sftp.port": 65_536 }, /sftp\.port has to be a whole number from 1 to 65535/],
  ["no user", { "sftp.username": undefined }, /sftp\.username is missing/],
  ["nothing pinned", { "sftp.host_keys": [] }, /sftp\.host_keys needs at least one pinned key/],
  ["nothing to log in with", { "sftp.private_key": null }, /sftp needs a password or a private_key/],
  ["no connections", { "sftp.max_connections": 0 }, /sftp\.max_connections has to be a whole number from 1/],
  ["half a second", { "sftp.connect_timeout_seconds": 0.5 }, /sftp\.connect_timeout_seconds has to be a whole number/],
  [
    "a host that nothing vouches for",
    { "sftp.host_keys": [], "sftp.host_ca_keys": [] },
    /sftp\.host_keys needs at least one pinned key.*host_ca_keys/,
  ],
  [
    "a certificate of nothing",
    { "sftp.private_key": null, "sftp.password": { secret_arn: "a" }, "sftp.certificate": { secret_arn: "a" } },
    /sftp\.certificate is of no use without the private_key/,
  ],
  [
    "a passphrase for nothing",
    { "sftp.private_key": null, "sftp.password": { secret_arn: "a" }, "sftp.passphrase": { secret_arn: "a" } },
    /sftp\.passphrase is of no use without private_key/,
  ],
  ["a secret from nowhere", { "sftp.password": { json_key: "a" } }, /sftp\.password needs exactly one of/],
  [
    "a secret from two places",
    { "sftp.password": { secret_arn: "a", ssm_parameter: "/b" } },
    /sftp\.password needs exactly one of secret_arn, ssm_parameter and s3/,
  ],
  ["a bucket without a key", { "sftp.private_key": { s3: "bucket" } }, /sftp\.private_key\.s3 has to be "bucket\/key"/],
  ["a host-key check turned off by the back door", { "sftp.options": { hostVerifier: "x" } }, /sftp\.options may not/],
  ["a prefix without its slash", { "push.prefix": "out" }, /push\.prefix has to be empty, or end in "\/"/],
  ["a prefix that climbs", { "pull.prefix": "in/../" }, /pull\.prefix may not contain "\.\."/],
  ["a directory that climbs", { "pull.directory": "../other" }, /pull\.directory may not contain "\.\."/],
  ["a directory with a slash at its end", { "push.directory": "inbox/" }, /push\.directory may not end in "\/"/],
  ["an unknown way of uploading", { "push.upload": "fast" }, /push\.upload has to be one of "atomic", "direct"/],
  [
    "an unknown verification",
    { "push.verify": true },
    /push\.verify has to be one of "strict", "tolerant", "off", "checksum"/,
  ],
  ["an unknown end", { "pull.after": "rename" }, /pull\.after has to be one of "move", "delete", "keep"/],
  ["no retention", { "pull.retention_days": 0 }, /pull\.retention_days has to be a whole number from 1/],
  ["no open files", { "pull.max_open_files": 0 }, /pull\.max_open_files has to be a whole number from 1/],
  [
    "a marker for all files",
    { "push.marker": { name: "_READY" } },
    /push\.marker\.name has to be a name with "{name}"/,
  ],
  [
    "a marker with unknown content",
    { "push.marker": { name: "{name}.ok", content: "crc32" } },
    /push\.marker\.content has to be one of "empty"/,
  ],
  ["a rate that is too low", { "sftp.max_bytes_per_second": 1 }, /sftp\.max_bytes_per_second has to be a whole number/],
  [
    "nothing to decrypt with",
    { "pull.pgp": { decrypt_with: [], strip_suffix: "" } },
    /pull\.pgp\.decrypt_with may not be empty/,
  ],
  [
    "a signature of nobody",
    { "pull.pgp": { decrypt_with: [{ secret_arn: "x" }], require_signature: true, strip_suffix: "" } },
    /pull\.pgp has require_signature, and nobody in verify_from/,
  ],
  [
    "an ending with a slash",
    { "pull.pgp": { decrypt_with: [{ secret_arn: "x" }], strip_suffix: "/x" } },
    /pull\.pgp\.strip_suffix has to be the end of a name/,
  ],
  [
    "two formats of which two files get one name",
    { "pull.extract": { formats: ["gzip", "zstd"], max_bytes: 1, max_ratio: 1 } },
    /pull\.extract\.formats has both gzip and zstd/,
  ],
  [
    "an unknown format",
    { "pull.extract": { formats: ["rar"], max_bytes: 1, max_ratio: 1 } },
    /pull\.extract\.formats\.0 has to be one of "gzip", "zstd", "zip", "tar", "tar\.gz"/,
  ],
  ["no files a poll", { "pull.max_files": 0 }, /pull\.max_files has to be a whole number from 1/],
  ["a negative size", { "pull.min_size": -1 }, /pull\.min_size has to be a whole number from 0/],
  ["an age of no days", { "pull.max_age_days": 0 }, /pull\.max_age_days has to be a whole number from 1/],
  ["a mode that is none", { "push.mode": "rw-" }, /push\.mode has to be octal/],
  [
    "a gate of nobody",
    { "push.gate": { timeout_hours: 2 } },
    /push\.gate needs exactly one of function_arn and guardduty/,
  ],
  ["a gate of two", { "push.gate": { function_arn: gateArn, guardduty: {} } }, /push\.gate needs exactly one/],
  [
    "a function that isn't an ARN",
    { "push.gate": { function_arn: "scan" } },
    /push\.gate\.function_arn has to be the ARN/,
  ],
  [
    "a gate without end",
    { "push.gate": { guardduty: {}, timeout_hours: 0 } },
    /push\.gate\.timeout_hours has to be a whole/,
  ],
  [
    "a pull's gate that outlasts staging",
    { "pull.gate": { guardduty: {}, timeout_hours: 145 } },
    /pull\.gate\.timeout_hours has to be a whole number from 1 to 144/,
  ],
  ["an unknown answer", { "push.on_exists": "append" }, /push\.on_exists has to be one of "replace", "skip", "fail"/],
  [
    "an answer that can't hold",
    { "push.on_exists": "fail", "push.upload": "direct" },
    /push\.on_exists can't hold with upload = "direct"/,
  ],
  ["another unknown answer", { "pull.on_exists": "append" }, /pull\.on_exists has to be one of "replace", "skip"/],
  [
    "numbers beside delivered markers",
    { "pull.on_exists": "number", "pull.ready": { marker: "{name}.ok", deliver: true } },
    /pull\.on_exists "number" can't hold with ready\.deliver/,
  ],
  ["a name with an unknown field", { "push.name": "{date}{name}" }, /push\.name has a field that there isn't/],
  ["a directory in the middle", { "push.name": "x/{dir}/{name}" }, /push\.name has a field that there isn't/],
  ["a number of no digits", { "push.name": "{seq:0}" }, /push\.name has a field that there isn't/],
  ["a number of too many digits", { "push.name": "{seq:16}" }, /push\.name has a field that there isn't/],
  ["a slash in a time", { "push.name": "{now:yyyy/MM}{name}" }, /push\.name has a field that there isn't/],
  ["a name that climbs", { "push.name": "{dir}/../{name}" }, /push\.name may not begin or end in "\/"/],
  ["one name for all", { "push.name": "{dir}/x-{now:yyyyMMddHHmm}" }, /push\.name gives all files one name/],
  [
    "a name in a time zone of nowhere",
    { "push.name": "{name}", "push.name_time_zone": "Mars/Olympus" },
    /push\.name_time_zone isn't a time zone/,
  ],
  ["an archive of nothing", { "pull.archive": {} }, /pull\.archive needs a directory or a name/],
  [
    "an archive where nothing is moved",
    { "pull.archive": { directory: "old" }, "pull.after": "delete" },
    /pull\.archive is of no use where nothing is moved/,
  ],
  [
    "an archive that is polled",
    { "pull.archive": { directory: "outbox" } },
    /pull\.archive has a directory that is the polled one/,
  ],
  [
    "an archive from the root",
    { "pull.archive": { directory: "/old" } },
    /pull\.archive has a directory from the root/,
  ],
  [
    "an archive in .done",
    { "pull.archive": { directory: "outbox/.done/x" } },
    /pull\.archive has a directory in \.done/,
  ],
  ["an archive that climbs", { "pull.archive": { directory: "a/../b" } }, /pull\.archive\.directory may not contain/],
  ["an archived name that climbs", { "pull.archive": { name: "../{name}" } }, /pull\.archive\.name may not begin/],
  ["a directory of .done's names", { "pull.archive": { name: "{dir}/{name}" } }, /pull\.archive\.name has "{dir}"/],
  ["a pulled name with an unknown field", { "pull.name": "{date}{name}" }, /pull\.name has a field that there isn't/],
  ["a pulled name that climbs", { "pull.name": "{name}/../x" }, /pull\.name may not begin or end in "\/"/],
  ["one name for all that is pulled", { "pull.name": "{stream}{ext}" }, /pull\.name gives all files one name/],
  [
    "a pulled name in a time zone of nowhere",
    { "pull.name": "{name}", "pull.name_time_zone": "Mars/Olympus" },
    /pull\.name_time_zone isn't a time zone/,
  ],
  [
    "a pulled name beside markers that are delivered",
    { "pull.name": "{now:yyyy}/{name}", "pull.ready": { marker: "{name}.done", deliver: true } },
    /pull\.name can't hold with ready\.deliver/,
  ],
  ["an unknown order", { "pull.order": "newest" }, /pull\.order has to be one of "any", "name", "oldest"/],
  [
    "numbers of another order",
    { "push.sequence": { name: "{seq}" } },
    /push\.sequence and order = "sequence" go together/,
  ],
  ["a sequence without numbers", { "push.order": "sequence" }, /push\.sequence and order = "sequence" go together/],
  ...(
    [
      ["numbers nowhere", { name: "ORD_*.csv" }, /pull\.sequence\.name has to be a name with "\{seq\}"/],
      ["two numbers", { name: "{seq}_{seq}" }, /pull\.sequence\.name has to be a name/],
      ["numbers in a directory", { name: "out/{seq}" }, /pull\.sequence\.name has to be a name/],
      ["a number beside a digit", { name: "A1{seq}" }, /pull\.sequence\.name has a digit right beside/],
      [
        "a first number that isn't one",
        { name: "{seq}", first: 2 ** 53 },
        /pull\.sequence\.first has to be a whole number/,
      ],
      [
        "a first number that never comes",
        { name: "{seq}", first: 0, max: 99 },
        /pull\.sequence has a first number that/,
      ],
      ["too few numbers", { name: "{seq}", max: 9 }, /pull\.sequence has fewer than 10 numbers/],
      ["a number after none", { name: "{seq}", min: 0 }, /pull\.sequence has a min/],
      ["a last number of too many digits", { name: "{seq:2}", max: 100 }, /pull\.sequence has a max of more digits/],
    ] as const
  ).map(([name, sequence, message]): [string, Record<string, unknown>, RegExp] => [
    name,
    { "pull.order": "sequence", "pull.sequence": sequence },
    message,
  ]),
  [
    "numbers of files that are left",
    { "pull.order": "sequence", "pull.sequence": { name: "{seq}" }, "pull.max_age_days": 30 },
    /pull\.sequence can't hold with min_size, max_size or max_age_days/,
  ],
  ["a strict order of nothing", { "push.strict_order": true }, /push\.strict_order needs an order/],
  ["a work directory that climbs", { "push.work_directory": "../work" }, /push\.work_directory may not contain "\.\."/],
  [
    "a work directory for nothing",
    { "push.work_directory": "work", "push.upload": "direct" },
    /push\.work_directory is of no use with upload = "direct"/,
  ],
  ["a marker without a name", { "pull.ready": {} }, /pull\.ready\.marker is missing/],
  ["a marker that is its file", { "pull.ready": { marker: "{name}" } }, /pull\.ready\.marker has to be a name/],
  ["a marker elsewhere", { "pull.ready": { marker: "../{name}.ok" } }, /pull\.ready\.marker has to be a name/],
  [
    "a directory's marker with a field",
    { "pull.ready": { marker: "{name}.ok", scope: "directory" } },
    /pull\.ready\.marker has to be a name/,
  ],
  [
    "an unknown checksum",
    { "pull.ready": { marker: "{name}.ok", checksum: "crc32" } },
    /pull\.ready\.checksum has to be one of "none", "md5", "sha256"/,
  ],
  ["a negative age", { "pull.min_age_seconds": -1 }, /pull\.min_age_seconds has to be a whole number from 0/],
  ["an unclosed pattern", { "push.include": ["ok", "[a"] }, /push\.include has a malformed pattern "\[a"/],
  ["an empty pattern", { "pull.exclude": [""] }, /pull\.exclude.* may not be empty/],
  [
    "an unknown time zone",
    { expected: [expectedFile({ time_zone: "Mars/Olympus" })] },
    /expected\.0\.time_zone isn't a time zone/,
  ],
  [
    "a time that no clock shows",
    { expected: [expectedFile({ by: "24:00" })] },
    /expected\.0\.by has to be a time of day/,
  ],
  ["an unknown day", { expected: [expectedFile({ days: ["MO"] })] }, /expected\.0\.days\.0 has to be one of "MON"/],
  ["retries for ever", { retry_for_days: 0 }, /retry_for_days has to be a whole number from 1/],
];

for (const [name, change, message] of mistakes) {
  test(`refused, by stream and field: ${name}`, (t) => {
    const error = t.throws(() => parseConfig(documentWith(change)), { instanceOf: ConfigError, message });
    t.regex(error.message, /^Stream acme: .*Correct it in the module's `streams` and apply again\.$/);
  });
}

test("several mistakes are told at once", (t) => {
  const json = documentWith({ "sftp.port": 0, "push.upload": "x", retry_for_days: -1 });
  t.throws(() => parseConfig(json), { message: /sftp\.port .*; push\.upload .*; retry_for_days / });
});

for (const [name, json] of [
  ["not JSON", "{"],
  ["empty", ""],
  ["a list", "[]"],
  ["another version", '{"version":2,"streams":{}}'],
  ["without streams", '{"version":1}'],
  ["a list of streams", '{"version":1,"streams":[]}'],
  ["owners of buckets that are none", '{"version":1,"streams":{},"bucket_owners":["123456789012"]}'],
  ["an owner that is no account", '{"version":1,"streams":{},"bucket_owners":{"theirs":"1234"}}'],
] as const) {
  test(`a document that isn't one is refused with what to do: ${name}`, (t) => {
    t.throws(() => parseConfig(json), { instanceOf: ConfigError, message: /Run `terraform apply` again\.$/ });
  });
}

test("owners of buckets, whatever the buckets' names; a configuration without has none", (t) => {
  const json = '{"version":1,"streams":{},"bucket_owners":{"constructor":"012345678901","__proto__":"123456789012"}}';
  t.deepEqual(
    [...(parseConfig(json).bucketOwners ?? [])],
    [
      ["constructor", "012345678901"],
      ["__proto__", "123456789012"],
    ],
  );
  t.is(parseConfig('{"version":1,"streams":{}}').bucketOwners?.size, 0);
});

test("what is said of the server is taken by the names of its traits, and nothing else", (t) => {
  const sftpOf = (change: Record<string, unknown>) => parseConfig(documentWith(change)).streams.get("acme")?.sftp;
  t.like(
    sftpOf({ "sftp.server": { several_handles: false, open_files: 5, fstat: null }, "sftp.max_handles_per_file": 2 }),
    { server: { several_handles: false, open_files: 5 }, maxHandlesPerFile: 2 },
  );
  t.is(sftpOf({ "sftp.server": {} })?.server, undefined);
  for (const [server, words] of [
    [{ several_handle: false }, /sftp\.server has no "several_handle"; there are several_handles/],
    [{ several_handles: 1 }, /several_handles has to be true or false/],
    [{ open_files: 0 }, /open_files has to be a whole number from 1/],
    ["none", /sftp\.server has to be an object/],
  ] as const)
    t.regex(t.throws(() => sftpOf({ "sftp.server": server }), { instanceOf: ConfigError }).message, words);
  t.throws(() => sftpOf({ "sftp.max_handles_per_file": 0 }), { message: /max_handles_per_file/ });
});

test("the way to a partner, and the ranges that its name is held to", (t) => {
  const sftpOf = (change: Record<string, unknown>) => parseConfig(documentWith(change)).streams.get("acme")?.sftp;
  const none = { username: null, password: null, private_key: null, passphrase: null, host_keys: [] };
  const password = { ssm_parameter: "/proxy" };
  const proxy = { ...none, type: "socks5", host: "Proxy.Example.", port: 1080 };
  const jump = {
    ...none,
    type: "ssh",
    host: "jump",
    port: 22,
    username: "j",
    private_key: { s3: "b/k" },
    host_keys: ["SHA256:x"],
  };
  t.deepEqual(sftpOf({ "sftp.via": proxy })?.via, { type: "socks5", host: "proxy.example", port: 1080, hostKeys: [] });
  t.deepEqual(sftpOf({ "sftp.via": jump })?.via, {
    type: "ssh",
    host: "jump",
    port: 22,
    username: "j",
    privateKey: { s3: "b/k" },
    hostKeys: ["SHA256:x"],
  });
  const authority = `ssh-ed25519 ${"A".repeat(68)}`;
  const certified = { ...jump, host_keys: [], host_ca_keys: [authority], certificate: { s3: "b/c" } };
  t.like(sftpOf({ "sftp.via": certified })?.via, {
    hostKeys: [],
    hostCaKeys: [authority],
    certificate: { s3: "b/c" },
  });
  t.deepEqual(sftpOf({ "sftp.via": { ...jump, host_ca_keys: [] } })?.via?.hostCaKeys, undefined);
  const both = {
    "sftp.host_keys": [`sftp.example ${authority}`],
    "sftp.host_ca_keys": [`@cert-authority * ${authority} us`],
  };
  t.regex(t.throws(() => sftpOf(both), { instanceOf: ConfigError }).message, /in host_keys and in host_ca_keys/);
  t.deepEqual(sftpOf({ ...both, "sftp.host_keys": ["SHA256:x"] })?.hostCaKeys?.length, 1);
  t.deepEqual(sftpOf({ "sftp.allowed_addresses": ["192.0.2.0/24", "::1/128"] })?.allowedAddresses, [
    "192.0.2.0/24",
    "::1/128",
  ]);
  t.deepEqual(
    [sftpOf({ "sftp.via": null })?.via, sftpOf({ "sftp.allowed_addresses": null })?.allowedAddresses],
    [undefined, undefined],
  );
  for (const [change, words] of [
    [{ ...jump, host_keys: [] }, /sftp\.via needs host_keys \(or host_ca_keys\) where type is ssh/],
    [{ ...proxy, host_keys: ["SHA256:x"] }, /only there/],
    [{ ...jump, username: null }, /needs a username/],
    [{ ...jump, private_key: null }, /needs a username/],
    [{ ...proxy, username: "u" }, /needs a username, and with it a password/],
    [{ ...proxy, password }, /needs a username/],
    [{ ...proxy, username: "u", password, private_key: { s3: "b/k" } }, /only a jump host/],
    [{ ...jump, password, private_key: null, passphrase: password }, /passphrase/],
    [{ ...proxy, type: "socks4" }, /sftp\.via\.type has to be one of "socks5"/],
    [{ ...proxy, port: 0 }, /sftp\.via\.port/],
    [{ ...proxy, host_ca_keys: [authority] }, /only there/],
    [{ ...certified, host_keys: [authority] }, /in host_keys and in host_ca_keys/],
    [{ ...certified, password, private_key: null }, /certificate, which is of no use/],
  ] as const)
    t.regex(t.throws(() => sftpOf({ "sftp.via": change }), { instanceOf: ConfigError }).message, words);
  for (const ranges of [[], ["192.0.2.1"], ["192.0.2.0/33"], ["here/8"], "192.0.2.0/24"])
    t.throws(() => sftpOf({ "sftp.allowed_addresses": ranges }), { message: /sftp\.allowed_addresses/ });
});

test("windows of a side, with the dates of the calendars that they name", (t) => {
  const given = {
    time_zone: "Europe/Berlin",
    calendars: ["target"],
    open: [{ days: ["MON"], from: "22:00", to: "06:00" }],
  };
  const parse = (change: Record<string, unknown>, calendars?: unknown) =>
    parseConfig(JSON.stringify({ ...JSON.parse(documentWith(change)), calendars })).streams.get("acme");
  const target = { target: ["2026-12-25", "01-01"] };
  const stream = parse({ "push.windows": given, "pull.windows": { ...given, calendars: null } }, target);
  const open = [{ days: ["MON"], from: 1320, to: 360 }];
  t.deepEqual(stream?.push?.windows, { timeZone: "Europe/Berlin", open, except: ["2026-12-25", "01-01"] } as never);
  t.deepEqual(stream?.pull?.windows, { timeZone: "Europe/Berlin", open, except: [] } as never);
  t.false("windows" in (parse({ "push.windows": null })?.push ?? {}));
  const file = {
    direction: "pull",
    match: "*",
    count: 1,
    by: "07:30",
    days: ["MON"],
    time_zone: "UTC",
    within_hours: 1,
  };
  const expected = [{ ...file, except: ["2026-12-24", "2026-12-25"], calendars: ["target"] }];
  t.deepEqual(parse({ expected }, target)?.expected[0]?.except, ["2026-12-24", "2026-12-25", "01-01"]);
  for (const [changes, words] of [
    [{ time_zone: "Europe/Berlim" }, /push\.windows\.time_zone isn't a time zone that this runtime knows/],
    [{ open: [] }, /push\.windows\.open may not be empty: the side would never connect/],
    [{ open: [{ days: [], from: "06:00", to: "22:00" }] }, /open\.0\.days may not be empty/],
    [{ open: [{ days: ["MON"], from: "06:00", to: "06:00" }] }, /open\.0 is empty: it begins when it ends/],
    [{ open: [{ days: ["MON"], from: "24:00", to: "06:00" }] }, /open\.0 can't begin at "24:00"/],
    [{ open: [{ days: ["MON"], from: "6:00", to: "22:00" }] }, /open\.0\.from has to be a time of day/],
    [{ calendars: ["constructor"] }, /no calendar is called "constructor"; there are: target/],
  ] as const)
    t.regex(t.throws(() => parse({ "push.windows": { ...given, ...changes } }, target)).message, words);
  for (const calendars of [[], { a: "12-25" }, { a: ["2026-02-30"] }, { a: ["25.12."] }, { a: [1] }])
    t.throws(() => parse({}, calendars), { message: /calendars has to be a map/ });
});
