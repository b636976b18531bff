/** What has to hold when everything has come to rest. */
import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, ListMultipartUploadsCommand, ListObjectVersionsCommand } from "@aws-sdk/client-s3";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { Entry } from "../../lambda/src/journal/entry.ts";
import type { Parties } from "./parties.ts";
import type { Watcher } from "./watcher.ts";
import { sha256, type World } from "./world.ts";

/** SHA-256 of every version below `in/`, by key. */
export const pulledVersions = async ({ s3, name }: World): Promise<Map<string, string[]>> => {
  const found = new Map<string, string[]>();
  const page = await s3.send(new ListObjectVersionsCommand({ Bucket: name, Prefix: "in/" }));
  for (const { Key = "", VersionId } of page.Versions ?? []) {
    const object = await s3.send(new GetObjectCommand({ Bucket: name, Key, VersionId }));
    const hash = sha256((await object.Body?.transformToByteArray()) ?? new Uint8Array());
    found.set(Key.slice("in/".length), [hash, ...(found.get(Key.slice("in/".length)) ?? [])]);
  }
  return found;
};

export const entriesOf = async ({ dynamodb, name }: World): Promise<Entry[]> => {
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: name, ConsistentRead: true }));
  return Items.map((item) => unmarshall(item)).filter((item) => item["kind"] === "entry") as Entry[];
};

/** Files that are in S3 nowhere although the bridge has moved or deleted them, and objects that are whole versions of nothing. */
export const checkPulled = async (
  world: World,
  { offered }: Parties,
  violations: string[],
): Promise<Map<string, string[]>> => {
  const pulled = await pulledVersions(world);
  const all = new Set([...pulled.values()].flat());
  const known = new Set([...offered.values()].flatMap(({ hashes }) => hashes));
  for (const [key, hashes] of pulled) {
    for (const hash of hashes)
      if (!known.has(hash)) violations.push(`S3 has in/${key}, which is no whole version of anything`);
  }
  for (const [path, { hashes, takenBack }] of offered) {
    const last = hashes.at(-1);
    if (last === undefined || takenBack || world.sshd.files.exists(`outbox/${path}`)) continue;
    if (!all.has(last)) violations.push(`outbox/${path} is gone from the partner and not in S3`);
  }
  for (const path of world.sshd.files.list("outbox")) {
    if (!path.includes(".done/")) continue;
    if (!all.has(sha256(world.sshd.files.read(`outbox/${path}`))))
      violations.push(`outbox/${path} lies in .done and isn't in S3`);
  }
  return pulled;
};

/** At rest: everything delivered, everything recorded, nothing left over. */
export const checkRest = async (
  world: World,
  parties: Parties,
  watcher: Watcher,
  violations: string[],
): Promise<void> => {
  watcher.look();
  for (const [name, hashes] of parties.put) {
    if (parties.deleted.has(name)) continue;
    if (!watcher.arrivals.has(`${name}#${hashes.length - 1}`)) violations.push(`the newest out/${name} never arrived`);
  }
  const pulled = await checkPulled(world, parties, violations);
  for (const [path, { hashes, takenBack }] of parties.offered) {
    const last = hashes.at(-1);
    const all = [...pulled].filter(([key]) => key === path || key.endsWith(`-${path.split("/").at(-1)}`));
    if (last !== undefined && !takenBack && !all.some(([, versions]) => versions.includes(last)))
      violations.push(`the newest outbox/${path} isn't in S3`);
  }
  for (const entry of await entriesOf(world)) {
    if (!["delivered", "gone", "skipped"].includes(entry.state))
      violations.push(`${entry.direction} ${entry.path} is ${entry.state}: ${entry.last_error?.message ?? "no error"}`);
    for (const { sha256: hash, identity } of entry.deliveries) {
      const known = entry.direction === "push" ? parties.put.get(entry.path) : parties.offered.get(entry.path)?.hashes;
      if (known && !known.includes(hash))
        violations.push(`${entry.path} ${identity}: the journal's SHA-256 is of nothing`);
    }
  }
  const left = world.sshd.files.list().filter((path) => /\.s3-sftp-bridge-.*\.tmp$/.test(path));
  if (left.length > 0) violations.push(`temporary files are left: ${left.join(", ")}`);
  const { Uploads = [] } = await world.s3.send(new ListMultipartUploadsCommand({ Bucket: world.name }));
  if (Uploads.length > 0) violations.push(`uploads are left: ${Uploads.map(({ Key }) => Key).join(", ")}`);
};
