/** The example many-partners-from-yaml: the file as it stands gives a plan, and one with real partners moves their files. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PutObjectCommand, S3Client, waitUntilObjectExists } from "@aws-sdk/client-s3";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import test from "ava";
import { awsConfig, openExample, startSshd, startStack, until } from "../stack/index.ts";
import { invoke } from "./helpers/invoke.ts";

test("partners from a YAML file: added and removed by an entry, a mistake is told by partner and field", async (t) => {
  const [stack, acme, globex] = await Promise.all([startStack(), startSshd(), startSshd()]);
  t.teardown(() => Promise.all([stack.stop(), acme.stop(), globex.stop()]));
  const example = await openExample(stack, "many-partners-from-yaml");
  t.true((await example.plan()).length > 0, "the file in the repository is a valid one");

  const parameters = { acme: acme.key.privateKey, globex: globex.key.privateKey };
  for (const [name, Value] of Object.entries(parameters))
    await new SSMClient(awsConfig(stack)).send(
      new PutParameterCommand({ Name: `/sftp/${name}`, Type: "SecureString", Value }),
    );
  const entry = (name: string, server: typeof acme, sides: string) => `${name}:
  sftp:
    host: ${server.host}
    port: ${server.port}
    username: ${server.username}
    host_keys: ["${server.fingerprint}"]
    private_key: { ssm_parameter: /sftp/${name} }
${sides}
`;
  const write = (text: string) => writeFileSync(join(example.folder, "partners.yaml"), text);
  const first = entry("acme", acme, "  push: { sftp: inbox }");
  write(first + entry("globex", globex, "  pull: { sftp: outgoing, schedule: rate(1 hour) }"));
  const applied = await example.apply({ force_destroy: true });
  t.deepEqual(await example.plan(), []);

  const bridge = applied["bridge"] as { bucket: string; function_name: string };
  const s3 = new S3Client(awsConfig(stack));
  await s3.send(new PutObjectCommand({ Bucket: bridge.bucket, Key: "acme/push/a.txt", Body: "out" }));
  globex.files.write("outgoing/b.txt", "in");
  t.false((await invoke(stack, bridge.function_name, { action: "poll", streams: ["globex"] })).failed);
  await until("the file to be at acme", 60, () => acme.files.exists("inbox/a.txt") || undefined);
  await waitUntilObjectExists({ client: s3, maxWaitTime: 60 }, { Bucket: bridge.bucket, Key: "globex/pull/b.txt" });

  write(first.replace("port: ", "prt: "));
  const error = await t.throwsAsync(example.plan());
  t.regex(error?.message.replace(/\n?[│\s]+/g, " ") ?? "", /Stream acme, sftp: unknown key prt/);

  write(first);
  t.true(
    (await example.plan()).some(
      ({ address, actions }) =>
        address.startsWith('module.bridge.module.stream["globex"].') && actions.includes("delete"),
    ),
  );
  await example.destroy();
  t.deepEqual(await example.resources(), []);
});
