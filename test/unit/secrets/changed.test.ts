import test from "ava";
import { changedAt } from "../../../lambda/src/secrets/changed.ts";
import { readCredentials } from "../../../lambda/src/secrets/read.ts";
import { quickObjectOf, withQuick } from "../../helpers/quick-object.ts";
import { objectOf, pem, servicesWith, streamWith } from "../../helpers/secret-services.ts";

test("a key that isn't kept in its S3 object yet is what is read, however objects are asked for first", async (t) => {
  const kept = servicesWith({ object: () => objectOf("the old key") });
  const { quick } = quickObjectOf(() => "the old key");
  const stream = streamWith({ private_key: { s3: "keys/acme" } });
  const { privateKey: source } = stream.sftp;
  if (source === undefined) return t.fail("the stream has a key");
  const clients = changedAt(withQuick(kept.clients, quick), source, pem);
  t.deepEqual(await readCredentials(stream, clients, () => 0), { privateKey: pem });
});
