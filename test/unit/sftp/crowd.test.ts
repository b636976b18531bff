/** How many requests a server bears: found out, kept to, and never a file's failure. */
import test from "ava";
import { createCrowd, fewRequests } from "../../../lambda/src/sftp/crowd.ts";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import { createRequests, type Settle } from "../../../lambda/src/sftp/requests.ts";
import { createTraits } from "../../../lambda/src/traits/traits.ts";

const start = (most = Number.POSITIVE_INFINITY, why = "failure" as const) => {
  const requests = createRequests({ timeoutMs: 10_000, overdue: () => {} });
  const traits = createTraits();
  const crowd = createCrowd(requests, traits);
  let atServer = 0;
  let peak = 0;
  const settles: Settle<string>[] = [];
  /** A server that refuses what is too much, and answers the others when the turn comes. */
  const send = () =>
    requests.run<string>("read", (settle) => {
      atServer += 1;
      peak = Math.max(peak, atServer);
      const refused = atServer > most;
      setImmediate(() => {
        atServer -= 1;
        if (refused) settle(new RemoteError(why, "too much"), "");
        else settle(null, "bytes");
      });
    });
  return { requests, traits, crowd, send, settles, peak: () => peak };
};

test("no more are sent than the limit says, in their order, and the others as answers come", async (t) => {
  const { requests } = start();
  requests.limit(2);
  const settles: Settle<number>[] = [];
  const sent: number[] = [];
  const answers = [1, 2, 3, 4].map((number) =>
    requests.run<number>(`request ${number}`, (settle) => {
      sent.push(number);
      settles.push(settle);
    }),
  );
  t.deepEqual(sent, [1, 2]);
  t.true(requests.full);
  settles[1]?.(null, 2);
  t.deepEqual(sent, [1, 2, 3]);
  requests.limit(9);
  t.deepEqual(sent, [1, 2, 3, 4]);
  t.false(requests.full);
  for (const [at, settle] of settles.entries()) if (at !== 1) settle(null, at + 1);
  t.deepEqual(await Promise.all(answers), [1, 2, 3, 4]);
});

test("what isn't sent yet fails with the connection", async (t) => {
  const { requests } = start();
  requests.limit(1);
  const answers = [1, 2].map((number) => requests.run(`request ${number}`, () => {}));
  requests.fail(new Error("lost"));
  for (const answer of answers) await t.throwsAsync(answer, { message: "lost" });
});

test("what was one too many is asked again among few, and the server's limit is learned", async (t) => {
  const { crowd, send, traits, peak } = start(12);
  const answers = await Promise.all(Array.from({ length: 40 }, () => crowd.ask(send)));
  t.is(answers.filter((answer) => answer === "bytes").length, 40);
  t.is(traits.limit("requests"), fewRequests);
  t.is(peak(), 40);
  const before = peak();
  await Promise.all(Array.from({ length: 40 }, () => crowd.ask(send)));
  t.is(peak(), before);
});

test("a refusal that has nothing to do with how many there are stays one, and nothing is learned", async (t) => {
  const { crowd, send, traits } = start(0);
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => crowd.ask(send)));
  t.true(results.every(({ status }) => status === "rejected"));
  t.is(traits.limit("requests"), undefined);
});

test("a connection that ends among many is chance once, and a limit from then on; one that ends among few is none", (t) => {
  const { crowd, traits } = start();
  crowd.lost(fewRequests);
  t.is(traits.limit("requests"), undefined);
  const seen = [];
  for (const waiting of [64, 64, 16, 8]) {
    crowd.lost(waiting);
    seen.push(traits.limit("requests"));
  }
  t.deepEqual(seen, [64, 16, 8, 8]);
});

test("some fewer that wait when a connection ends are no new sign: it is the second one", (t) => {
  const { crowd, traits } = start();
  for (const waiting of [70, 65]) crowd.lost(waiting);
  t.is(traits.limit("requests"), 17);
});
