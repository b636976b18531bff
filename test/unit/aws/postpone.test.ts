import test from "ava";
import { openPostpone, pauseAfter } from "../../../lambda/src/aws/postpone.ts";
import { answering, standIn } from "../../helpers/aws-answers.ts";

test("the first comes back in a minute, later ones less and less often, none later than after a quarter of an hour", (t) => {
  t.deepEqual([1, 2, 3, 4, 5, 6, 100].map(pauseAfter), [60, 120, 240, 480, 900, 900, 900]);
  t.is(pauseAfter(0), 60);
});

test.serial("a hundred messages are ten requests, each message with the pause of its own", async (t) => {
  const seen: { Id: string; ReceiptHandle: string; VisibilityTimeout: number }[][] = [];
  const { endpoint } = await answering(t, (_request, body, response) => {
    const { Entries } = JSON.parse(body.toString());
    seen.push(Entries);
    response.end(JSON.stringify({ Successful: [], Failed: [] }));
  });
  standIn(t, endpoint);
  const messages = Array.from({ length: 100 }, (_, index) => ({ receipt: `r${index}`, times: 1 + (index % 2) }));
  await openPostpone(`${endpoint}/1/events`, () => 0.5)(messages);
  t.is(seen.length, 10);
  t.true(seen.every((entries) => entries.length === 10 && new Set(entries.map(({ Id }) => Id)).size === 10));
  const told = seen.flat().map(({ ReceiptHandle, VisibilityTimeout }) => `${ReceiptHandle} ${VisibilityTimeout}`);
  t.deepEqual(told.sort(), messages.map(({ receipt, times }) => `${receipt} ${60 * times}`).sort());
});

test.serial("without messages nothing is asked; what SQS refuses is thrown", async (t) => {
  const { endpoint, requests } = await answering(t, (_request, _body, response) =>
    response.end(JSON.stringify({ Failed: [{ Id: "0", Code: "ReceiptHandleIsInvalid", SenderFault: true }] })),
  );
  standIn(t, endpoint);
  const postpone = openPostpone(`${endpoint}/1/events`);
  await postpone([]);
  t.is(requests.length, 0);
  await t.throwsAsync(postpone([{ receipt: "r", times: 1 }]), { message: /ReceiptHandleIsInvalid/ });
});
