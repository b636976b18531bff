import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import test, { type ExecutionContext } from "ava";
import { EventsRefused, openPutEvents } from "../../../lambda/src/aws/put-events.ts";
import { createSender } from "../../../lambda/src/aws/send.ts";

interface Asked {
  readonly headers: IncomingMessage["headers"];
  readonly body: { readonly Entries: readonly Record<string, unknown>[] };
}

/** EventBridge's endpoint; each request is answered by the next of `answers`, and the last goes on. "cut": no answer at all. */
const bus = async (t: ExecutionContext, ...answers: (readonly [number, unknown] | "cut")[]) => {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      asked.push({ headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString()) as Asked["body"] });
      const answer = answers[Math.min(asked.length, answers.length) - 1] ?? "cut";
      if (answer === "cut") return void request.socket.destroy();
      response.writeHead(answer[0]).end(typeof answer[1] === "string" ? answer[1] : JSON.stringify(answer[1]));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => server.close());
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const send = createSender({
    credentials: async () => ({ accessKeyId: "id", secretAccessKey: "secret", sessionToken: "token" }),
    sockets: 2,
    timeout: 60_000,
    now: () => Date.UTC(2026, 0, 1),
  });
  const arn = "arn:aws:events:eu-west-1:123456789012:event-bus/files";
  return { asked, put: openPutEvents({ arn, endpoint, source: "partner-files.bridge" }, send) };
};

const event = { detailType: "Push Delivered", detail: { path: "a.txt" }, time: 1_700_000_000_999 };
const taken = { FailedEntryCount: 0, Entries: [{ EventId: "1" }] };

test("an event goes to the bus in the bridge's name, signed for the bus's region", async (t) => {
  const { asked, put } = await bus(t, [200, taken]);
  t.deepEqual(await put([event]), [undefined]);
  const [request] = asked;
  t.is(request?.headers["x-amz-target"], "AWSEvents.PutEvents");
  t.regex(request?.headers.authorization ?? "", /\/20260101\/eu-west-1\/events\/aws4_request/);
  t.deepEqual(request?.body.Entries, [
    {
      Source: "partner-files.bridge",
      DetailType: "Push Delivered",
      Detail: '{"path":"a.txt"}',
      EventBusName: "arn:aws:events:eu-west-1:123456789012:event-bus/files",
      Time: 1_700_000_000,
    },
  ]);
});

test("what is refused by itself is told in its place", async (t) => {
  const { put } = await bus(t, [
    200,
    { FailedEntryCount: 1, Entries: [{ EventId: "1" }, { ErrorCode: "InternalFailure", ErrorMessage: "later" }] },
  ]);
  t.deepEqual(await put([event, event]), [undefined, "InternalFailure: later"]);
});

const refusals = {
  "a role that may not": [
    400,
    { __type: "AccessDeniedException", message: "no" },
    /terraform apply.*AccessDeniedException: no/,
  ],
  "a bus that takes nobody in": [
    200,
    { FailedEntryCount: 1, Entries: [{ ErrorCode: "AccessDeniedException", ErrorMessage: "no" }] },
    /policy of the bus/,
  ],
  "a bus that isn't there": [
    200,
    { FailedEntryCount: 1, Entries: [{ ErrorCode: "ResourceNotFoundException", ErrorMessage: "no" }] },
    /make it, or name another one in events\.bus_arn/,
  ],
  "a page of somebody else": [502, "<html>", /takes no events. \(status 502: no reason\)/],
  "too few answers": [200, { Entries: [] }, /takes no events/],
} as const;

for (const [name, [status, answer, message]] of Object.entries(refusals))
  test(`refused: ${name}`, async (t) => {
    const { put } = await bus(t, [status, answer]);
    await t.throwsAsync(put([event]), { instanceOf: EventsRefused, message });
  });

test("a connection that was kept and is closed is none of the bus's refusals", async (t) => {
  const { asked, put } = await bus(t, "cut", [200, taken]);
  t.deepEqual(await put([event]), [undefined]);
  t.is(asked.length, 2);
});

test("a bus that nobody reaches is an error with its remedy", async (t) => {
  const { put } = await bus(t, "cut");
  await t.throwsAsync(put([event]), { instanceOf: EventsRefused, message: /interface endpoint for EventBridge/ });
});
