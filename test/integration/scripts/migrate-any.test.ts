/** Whatever is given: a migration or a refusal, and never a secret in what is printed. */
import test from "ava";
import fc from "fast-check";
import { Refusal } from "../../../scripts/migrate/json.ts";
import { migrate } from "../../../scripts/migrate/migrate.ts";

const canary = "canary-9f2c";
const secret = fc.constantFrom(canary, `${canary}\n"\${x}`, `-----BEGIN\n${canary}`);
const texts = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("our-bucket/a", "our-bucket", "in", "../x", "sftp.example", "us"),
);

const sftpConfig = fc.record(
  {
    host: fc.oneof(fc.constant("sftp.example"), texts),
    username: fc.oneof(fc.constant("us"), texts),
    password: fc.oneof(secret, fc.record({ value: secret }), fc.array(secret)),
    privateKey: fc.oneof(secret, fc.record({ value: secret })),
    passphrase: secret,
    s3PrivateKey: texts,
    port: fc.oneof(fc.integer(), fc.double(), secret),
    readyTimeout: fc.oneof(fc.integer(), secret),
    keepaliveInterval: fc.oneof(fc.double(), secret),
    algorithms: fc.oneof(fc.jsonValue(), fc.constant({ kex: { append: "curve25519-sha256" } })),
    authHandler: fc.jsonValue(),
  },
  { requiredKeys: [] },
);
/** What the original would have taken, whatever its texts are. */
const likely = fc.record({
  s3Location: fc.constantFrom("our-bucket", "our-bucket/a", "other-bucket/b/c"),
  sftpLocation: fc.string({ unit: "binary", minLength: 1 }),
  sftpConfig: fc.record(
    {
      host: fc.constantFrom("sftp.example", "10.0.0.1", "other.example"),
      username: fc.string({ unit: "binary", minLength: 1 }),
      password: secret,
      privateKey: secret,
      passphrase: secret,
      readyTimeout: fc.nat(),
      keepaliveInterval: fc.nat(),
      ident: fc.string({ unit: "binary" }),
      authHandler: fc.jsonValue(),
    },
    { requiredKeys: ["host", "username", "password"] },
  ),
});
const streams = fc.oneof(
  fc.dictionary(fc.string({ unit: "binary", minLength: 1 }), likely, { minKeys: 1, maxKeys: 3 }),
  fc.dictionary(
    texts,
    fc.oneof(fc.record({ s3Location: texts, sftpLocation: texts, sftpConfig }), fc.jsonValue(), secret),
    { maxKeys: 4 },
  ),
);

test("any configuration", (t) => {
  let migrated = 0;
  fc.assert(
    fc.property(streams, fc.array(fc.constantFrom("a", "in", "us")), (config, polled) => {
      let told: string;
      try {
        const { hcl, left, remarks, steps } = migrate(JSON.stringify(config), {
          source: "config.json",
          bridge: "b",
          schedules: polled.filter((name) => Object.hasOwn(config, name)).map((name) => `${name}=rate(1 hour)`),
          pushed: [],
          kmsKeys: new Map(),
          encryptionContexts: new Map(),
        });
        migrated++;
        told = [hcl, ...left, ...remarks, ...steps].join("\n");
        // Every line above the streams is a comment, whatever a name has in it.
        const head = hcl.slice(0, hcl.search(/^(schedule_rules|streams) = /m));
        if (!head.split("\n").every((line) => line === "" || line.startsWith("#"))) return false;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        told = error.message;
      }
      return !told.includes(canary);
    }),
    { numRuns: 2000 },
  );
  t.true(migrated > 200, `only ${migrated} were taken: the test would show nothing`);
});
