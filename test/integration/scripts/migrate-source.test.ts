import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import test from "ava";
import { type Clients, readSource, Unreadable } from "../../../scripts/migrate/source.ts";

const text = '{"a": {"sftpConfig": {"password": "Grüße"}}}';
const dataKey = randomBytes(32);

const clientsFor = (body: Uint8Array, metadata: Record<string, string> = {}): Clients => ({
  s3: () =>
    ({
      send: async ({ input }: { input: unknown }) => {
        if (JSON.stringify(input) !== '{"Bucket":"our-config","Key":"a/b.json"}') throw new Error("another object");
        return { Body: { transformToByteArray: async () => body }, Metadata: metadata };
      },
    }) as never,
  kms: () => ({ send: async () => ({ Plaintext: dataKey }) }) as never,
});

test("an object as it is", async (t) => {
  t.deepEqual(await readSource("s3://our-config/a/b.json", clientsFor(Buffer.from(text))), { text, encrypted: false });
});

test("an object that the original's library encrypted, with openssl as the counterpart", async (t) => {
  const body = execFileSync(
    "openssl",
    ["enc", "-aes-256-cbc", "-a", "-nosalt", "-md", "md5", "-pass", `pass:${dataKey.toString("base64")}`],
    { input: text, stdio: ["pipe", "pipe", "ignore"] },
  );
  const metadata = { "x-amz-key": randomBytes(184).toString("base64") };
  t.deepEqual(await readSource("s3://our-config/a/b.json", clientsFor(body, metadata)), { text, encrypted: true });
});

for (const [title, place, body] of [
  ["another object", "s3://our-config/c.json", text],
  ["no key", "s3://our-config", text],
  ["bytes that aren't text", "s3://our-config/a/b.json", Buffer.from([0xff, 0xfe])],
  ["no file", "/no/such/file.json", text],
] as const)
  test(`can't be read: ${title}`, async (t) => {
    const error = await t.throwsAsync(readSource(place, clientsFor(Buffer.from(body))), { instanceOf: Unreadable });
    t.true(error?.message.startsWith(`${place}: can't be read: `));
  });
