/** The three around the bridge: who puts objects into S3, the partner who puts and takes files, and the queue between. */
import { chmodSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import type { Random } from "./random.ts";
import type { Watcher } from "./watcher.ts";
import { sha256, type World } from "./world.ts";

export interface Message {
  readonly messageId: string;
  readonly eventSource: "aws:sqs";
  readonly body: string;
}

/** A file that the partner has put: the hashes of its versions, and whether the partner has taken it back. */
export interface Offered {
  readonly hashes: string[];
  takenBack: boolean;
}

const names = ["a.csv", "b b.csv", "sub/ü+%.bin", "sub/deep/c#1", "-d", ".e"];
/** From 192 KiB on READs have chunks that all files share, from 1 MiB on GETs as well. Bytes. */
const sizes = [0, 1, 500, 3_000, 40_000, 90_000, 300_000, 700_000, 1_300_000];

/** Content that tells this version from all others of its file: of two empty ones nobody could say which came. */
const contentOf = (random: Random, others: readonly string[]): Buffer => {
  for (;;) {
    const body = random.bytes(random.pick(sizes));
    if (!others.includes(sha256(body))) return body;
  }
};

export const createParties = (world: World, watcher: Watcher, random: Random) => {
  const queue: Message[] = [];
  const deleted = new Set<string>();
  const put = new Map<string, string[]>();
  const offered = new Map<string, Offered>();
  let sequence = 0;
  /** One request after the other: of two at a time, nobody here could say which of them S3 took last. */
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn =
    (action: () => Promise<void>): (() => Promise<void>) =>
    () => {
      const done = turn.then(action);
      turn = done.catch(() => {});
      return done;
    };

  /** Puts a version; its event may be sent twice, late, or out of order. */
  const putObject = async () => {
    const name = random.pick(names);
    const hashes = put.get(name) ?? [];
    const body = contentOf(random, hashes);
    put.set(name, hashes);
    watcher.versions.set(name, hashes);
    hashes.push(sha256(body));
    deleted.delete(name);
    const number = ++sequence;
    const answer = await world.s3.send(new PutObjectCommand({ Bucket: world.name, Key: `out/${name}`, Body: body }));
    const event = {
      "detail-type": "Object Created",
      source: "aws.s3",
      time: new Date(world.environments.now()).toISOString(),
      detail: {
        bucket: { name: world.name },
        object: {
          key: `out/${name}`,
          size: body.byteLength,
          "version-id": answer.VersionId,
          sequencer: number.toString(16).padStart(16, "0").toUpperCase(),
        },
      },
    };
    const message = (): Message => ({
      messageId: `m${number}-${random.between(0, 1e9)}`,
      eventSource: "aws:sqs",
      body: JSON.stringify(event),
    });
    queue.splice(random.between(0, queue.length), 0, message());
    if (random.chance(0.2)) queue.splice(random.between(0, queue.length), 0, message());
  };

  const deleteObject = async () => {
    const name = random.pick(names);
    if (!put.has(name)) return;
    deleted.add(name);
    await world.s3.send(new DeleteObjectCommand({ Bucket: world.name, Key: `out/${name}` }));
  };

  /** Writes under a temporary name and renames, as a careful partner does. */
  const offer = () => {
    const name = random.pick(names);
    const known = offered.get(name) ?? { hashes: [], takenBack: false };
    const body = contentOf(random, known.hashes);
    offered.set(name, known);
    known.hashes.push(sha256(body));
    known.takenBack = false;
    try {
      world.sshd.files.write(`outbox/${name}.part`, body);
      // Times of a file are whole seconds for SFTP: two versions in one second and of one size would be one.
      const time = 1_700_000_000 + ++sequence;
      utimesSync(world.at(`outbox/${name}.part`), time, time);
      renameSync(world.at(`outbox/${name}.part`), world.at(`outbox/${name}`));
    } catch {
      known.hashes.pop(); // the disk is full
      rmSync(world.at(`outbox/${name}.part`), { force: true });
    }
  };

  const takeBack = () => {
    const name = random.pick(names);
    const known = offered.get(name);
    if (!known) return;
    known.takenBack = true;
    rmSync(world.at(`outbox/${name}`), { force: true });
  };

  /** Takes a file that has arrived, or renames it. */
  const take = () => {
    const name = random.pick(names);
    watcher.look();
    try {
      if (random.chance(0.5)) readFileSync(world.at(`inbox/${name}`));
      rmSync(world.at(`inbox/${name}`));
    } catch {}
  };

  const fillDisk = () => {
    try {
      writeFileSync(world.at("filler"), Buffer.alloc(64 * 1024 * 1024));
    } catch {} // full, as it should be
  };

  return {
    queue,
    put,
    deleted,
    offered,
    actions: { putObject: inTurn(putObject), deleteObject: inTurn(deleteObject), offer, takeBack, take },
    fillDisk,
    emptyDisk: () => rmSync(world.at("filler"), { force: true }),
    lock: (directory: string) => chmodSync(world.at(directory), 0o000),
    unlock: (directory: string) => chmodSync(world.at(directory), 0o755),
  };
};

export type Parties = ReturnType<typeof createParties>;
