/** Streams of one partner share its connections, so that they have to agree on how these are made. */
import test from "ava";
import { ConfigError } from "../../../lambda/src/config/errors.ts";
import { parseConfig } from "../../../lambda/src/config/parse.ts";
import { partnersOf } from "../../../lambda/src/config/partners.ts";
import type { SftpConfig } from "../../../lambda/src/config/types.ts";
import { drainAll } from "../../../lambda/src/invocation.ts";
import { streamDocument } from "../../helpers/config-document.ts";
import { configOf, push, sftp, stream } from "../../helpers/streams.ts";
import { createWorld } from "../../helpers/world.ts";

const complete: SftpConfig = {
  ...sftp,
  hostKeys: ["SHA256:x", "SHA256:y"],
  password: { secretArn: "arn:password", jsonKey: "password" },
  privateKey: { s3: "bucket/key", encryptionContext: { for: "us" } },
  options: { algorithms: { cipher: ["aes256-ctr", "aes128-ctr"] }, keepaliveInterval: 1_000 },
};

const two = (change: Partial<SftpConfig>) =>
  configOf(
    stream({ name: "aaa", sftp: complete, push: { ...push, prefix: "a/" } }),
    stream({ name: "zzz", sftp: { ...complete, ...change }, push: { ...push, prefix: "z/" } }),
  );

const differing: readonly (readonly [field: string, change: Partial<SftpConfig>])[] = [
  ["host_keys", { hostKeys: ["SHA256:x"] }],
  ["host_keys", { hostKeys: ["SHA256:x", "SHA256:z"] }],
  ["insecure_ignore_host_key", { insecureIgnoreHostKey: true }],
  ["password", { password: { secretArn: "arn:other", jsonKey: "password" } }],
  ["password", { password: { secretArn: "arn:password", jsonKey: "another" } }],
  ["private_key", { privateKey: { s3: "bucket/key", encryptionContext: { for: "them" } } }],
  ["passphrase", { passphrase: { ssmParameter: "/passphrase" } }],
  ["max_connections", { maxConnections: 2 }],
  ["options", { options: {} }],
  // What is preferred comes first: the order says something here.
  ["options", { options: { algorithms: { cipher: ["aes128-ctr", "aes256-ctr"] }, keepaliveInterval: 1_000 } }],
];

for (const [field, change] of differing) {
  test(`two streams of one partner that differ in ${field} are refused: ${JSON.stringify(change)}`, (t) => {
    t.throws(() => partnersOf(two(change)), {
      instanceOf: ConfigError,
      message: new RegExp(
        `^Streams aaa and zzz have one partner \\(us@partner:22\\) and differ in sftp\\.${field}\\. `,
      ),
    });
  });
}

test("a field that only one of the two has, and that no list here knows, counts as well", (t) => {
  t.throws(() => partnersOf(two({ laterField: true } as Partial<SftpConfig>)), {
    message: /differ in sftp\.later_field\./,
  });
  const { password: _, ...without } = complete;
  const config = configOf(stream({ name: "a", sftp: complete }), stream({ name: "b", sftp: without }));
  t.throws(() => partnersOf(config), { message: /differ in sftp\.password\./ });
});

test("all fields that differ are named, and no value of any", (t) => {
  const change = { hostKeys: ["SHA256:other"], password: { secretArn: "arn:other" } };
  const error = t.throws(() => partnersOf(two(change)), { message: /sftp\.host_keys, sftp\.password\./ });
  t.notRegex(error?.message ?? "", /other/);
});

test("the order of pinned keys, one that is named twice, and how a host is spelled make no difference", (t) => {
  const partners = partnersOf(two({ hostKeys: ["SHA256:y", "SHA256:x", "SHA256:y"], host: "Partner." }));
  t.deepEqual([...partners.keys()], ["us@partner:22"]);
  t.is(partners.get("us@partner:22")?.streams.length, 2);
});

test("two spellings of one host are one partner: its settings have to agree as well", (t) => {
  t.throws(() => partnersOf(two({ host: "PARTNER", insecureIgnoreHostKey: true })), { instanceOf: ConfigError });
});

test("another user, port or host is another partner, with settings of its own", (t) => {
  for (const change of [{ username: "US" }, { port: 2222 }, { host: "partner2" }])
    t.is(partnersOf(two({ ...change, insecureIgnoreHostKey: true, hostKeys: [] })).size, 2);
});

test("the function doesn't start with them: the document is refused as a whole", (t) => {
  const document = (port: number) => {
    const unpinned = streamDocument() as { sftp: Record<string, unknown> };
    Object.assign(unpinned.sftp, { insecure_ignore_host_key: true, host_keys: [], port });
    return JSON.stringify({ version: 1, streams: { acme: streamDocument(), later: unpinned } });
  };
  t.throws(() => parseConfig(document(22)), {
    instanceOf: ConfigError,
    message: /^Streams acme and later .* differ in sftp\.host_keys, sftp\.insecure_ignore_host_key\./,
  });
  t.is(parseConfig(document(23)).streams.size, 2);
});

test("nothing is sent where they differ, however the function came by such a configuration", async (t) => {
  const streams = [...two({ insecureIgnoreHostKey: true }).streams.values()];
  const world = createWorld(...streams);
  const { intake, invocation } = world.bridge();
  await intake(world.put("bucket", "z/pay.csv", "secret"));
  await t.throwsAsync(drainAll(invocation, ["us@partner:22"]), { instanceOf: ConfigError });
  t.is(world.connections.made, 0);
  t.is(world.disk.files.size, 0);
});

test("time-outs may differ: the longest of a partner's streams holds for all", (t) => {
  const { sftp: made } =
    partnersOf(two({ connectTimeoutSeconds: 60, operationTimeoutSeconds: 2 })).get("us@partner:22") ?? {};
  t.like(made, { connectTimeoutSeconds: 60, operationTimeoutSeconds: complete.operationTimeoutSeconds });
});

test("another way to the partner, or other ranges, is a difference; their order isn't", (t) => {
  const via = { type: "socks5", host: "proxy", port: 1080, hostKeys: [] } as const;
  t.throws(() => partnersOf(two({ via })), { message: /differ in sftp\.via/ });
  t.throws(() => partnersOf(two({ allowedAddresses: ["192.0.2.0/24"] })), {
    message: /differ in sftp\.allowed_addresses/,
  });
});
