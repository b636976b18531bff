/** Journal, leases and polls over the real table. */
import { PutObjectCommand } from "@aws-sdk/client-s3";
import type { Clock } from "../../../lambda/src/clock.ts";
import type { Entry } from "../../../lambda/src/journal/entry.ts";
import { EntryTaken } from "../../../lambda/src/journal/entry-writes.ts";
import { openJournal } from "../../../lambda/src/journal/journal.ts";
import { acquireLease, LeaseLost, leaseTtl } from "../../../lambda/src/journal/lease.ts";
import { donePoll, requestedPolls, requestPoll } from "../../../lambda/src/journal/polls.ts";
import type { Table } from "../../../lambda/src/journal/table.ts";
import { intake } from "../../../lambda/src/push/intake.ts";
import type { CreatedObject } from "../../../lambda/src/push/s3-event.ts";
import { configOf, push, stream } from "../../helpers/streams.ts";
import { freshName, openFreshBucket, openFreshTable } from "../clients.ts";
import type { Emulator } from "../emulator.ts";
import type { Suite } from "../suite.ts";

const nonce = () => freshName("n");
const partner = "us@partner:22";

const journalOver = (table: Table) => openJournal({ table, now: Date.now, nonce, deliveredTtlDays: 400 });

/** A journal over a bucket with so many versions of one object, and their events. */
const withVersions = async (emulator: Emulator, count: number) => {
  const bucket = await openFreshBucket(emulator);
  const journal = journalOver(await openFreshTable());
  const events: CreatedObject[] = [];
  for (let number = 1; number <= count; number++) {
    const put = new PutObjectCommand({ Bucket: bucket.name, Key: "out/a.txt", Body: `v${number}` });
    events.push({
      bucket: bucket.name,
      key: "out/a.txt",
      size: 2,
      versionId: (await bucket.s3.send(put)).VersionId,
      sequencer: String(number).padStart(16, "0").padEnd(64, "0"),
      time: Date.now(),
    });
  }
  const config = configOf(stream({ push: { ...push, bucket: bucket.name } }));
  const deps = { config, journal, objects: bucket.store };
  return { journal, events, takeIn: (event: CreatedObject) => intake(deps, event) };
};

export function journalSuite({ test }: Suite): void {
  test("of one object's events the newest counts, however often and in whatever order they come", async (t, emulator) => {
    const { journal, events, takeIn } = await withVersions(emulator, 3);
    const known = await Promise.all([...events.toReversed(), ...events].map(takeIn));
    const [entry] = known.flat();
    t.truthy(entry);
    const now = entry && (await journal.read(entry));
    t.is(now?.source.version_id, events[2]?.versionId);
    t.is(now?.state, "pending");
    const late = await Promise.all(events.slice(0, 2).map(takeIn));
    t.deepEqual(late, [[], []], "older ones that come late fall away");
  });

  test("an entry goes to one of those that take it at one time, and is no longer open when it is delivered", async (t, emulator) => {
    const { journal, events, takeIn } = await withVersions(emulator, 1);
    const [known] = (await Promise.all(events.map(takeIn))).flat();
    if (known === undefined) throw new Error("nothing became known");
    const taken: Entry[] = [];
    const take = async () => {
      try {
        taken.push(await journal.update(known, { state: "active" }));
      } catch (error) {
        if (!(error instanceof EntryTaken)) throw error;
      }
    };
    await Promise.all(Array.from({ length: 10 }, take));
    t.is(taken.length, 1);
    const open = async () => {
      let count = 0;
      for await (const page of journal.open("push", "acme")) count += page.length;
      return count;
    };
    t.is(await open(), 1);
    const delivery = {
      at: "2026",
      identity: "v1",
      destination: "inbox/a.txt",
      bytes: 3,
      sha256: "x",
      attempt: 1,
      duration_ms: 1,
    };
    const [entry] = taken;
    if (entry) await journal.delivered(entry, delivery);
    t.is(await open(), 0);
    t.deepEqual((await journal.read(known))?.deliveries, [delivery]);
  });

  test("a slot has one holder, wake-ups aren't lost, and a silent holder is followed", async (t) => {
    const table = await openFreshTable();
    const time = { ahead: 0 };
    const clock: Clock = { wall: () => Date.now() + time.ahead, steady: () => performance.now() + time.ahead };
    const actor = () => ({ table, clock, nonce, sightings: new Map() });
    const lease = await acquireLease(actor(), partner, 1);
    const waiting = actor();
    t.is(await acquireLease(waiting, partner, 1), undefined);
    t.false(await lease?.release(0), "somebody has rung");
    await lease?.renew();
    t.is(lease?.wakeUps, 1);
    t.is(await acquireLease(waiting, partner, 1), undefined);
    time.ahead += leaseTtl + 1;
    t.truthy(await acquireLease(waiting, partner, 1));
    await t.throwsAsync(async () => lease?.renew(), { instanceOf: LeaseLost });
  });

  test("as many holders as there are slots, of many that ask at one time", async (t) => {
    const table = await openFreshTable();
    const clock: Clock = { wall: Date.now, steady: () => performance.now() };
    const leases = await Promise.all(
      Array.from({ length: 8 }, () => acquireLease({ table, clock, nonce, sightings: new Map() }, partner, 3)),
    );
    t.is(leases.filter(Boolean).length, 3);
  });

  test("a poll that is asked for is there until it is done, and asked again meanwhile is asked for once more", async (t) => {
    const table = await openFreshTable();
    const ask = () => requestPoll(table, { partner, stream: "acme", now: Date.now(), nonce });
    await ask();
    const [request] = await requestedPolls(table, partner);
    await ask();
    if (request) await donePoll(table, request);
    const [again] = await requestedPolls(table, partner);
    t.truthy(again);
    if (again) await donePoll(table, again);
    t.deepEqual(await requestedPolls(table, partner), []);
  });
}
