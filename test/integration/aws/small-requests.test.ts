/** Small requests over connections of their own: each made once, with an answer that is whole, or left to others. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { crc32 } from "node:zlib";
import { S3Client } from "@aws-sdk/client-s3";
import test, { type ExecutionContext } from "ava";
import { bucketRegions } from "../../../lambda/src/aws/regions.ts";
import { quickS3 } from "../../../lambda/src/aws/s3.ts";
import { bucketTarget } from "../../../lambda/src/aws/sdk/s3.ts";
import { createSmallRequests } from "../../../lambda/src/aws/small-requests.ts";
import { credentials } from "../../helpers/aws-answers.ts";

const place = { bucket: "our-bucket", key: "in/a file" };
const content = Buffer.from("a small file's bytes");
const put = { sha256: createHash("sha256").update(content).digest("base64"), metadata: { "bridge-path": "a file" } };
const signal = new AbortController().signal;
const stored = 'HTTP/1.1 200 OK\r\nETag: "e"\r\nContent-Length: 0\r\n\r\n';

interface Request {
  readonly head: string;
  readonly body: string;
  readonly connection: number;
}

/** S3 as `answer` plays it, and the requests that it got; `others` counts those that were left to Node's HTTP. */
const serving = async (
  t: ExecutionContext,
  answer: (socket: Socket, request: Request, count: number) => void,
  { sockets = 4, timeout = 60_000 } = {},
) => {
  const requests: Request[] = [];
  const connections: Socket[] = [];
  const server = createServer((socket) => {
    const connection = connections.push(socket);
    let text = "";
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      const at = text.indexOf("\r\n\r\n");
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
      if (at < 0 || text.length < at + 4 + length) return;
      const request = { head: text.slice(0, at), body: text.slice(at + 4), connection };
      text = "";
      answer(socket, request, requests.push(request));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    for (const socket of connections) socket.destroy();
    server.close();
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new S3Client({ endpoint, region: "eu-central-1", forcePathStyle: true, credentials });
  const small = createSmallRequests({ credentials: async () => credentials, now: Date.now, sockets, timeout });
  const left: string[] = [];
  const sender = async ({ scope }: { scope: { region: string } }) => {
    left.push(scope.region);
    throw new Error("left to Node's HTTP");
  };
  const owners = new Map([[place.bucket, "111122223333"]]);
  const quick = quickS3(bucketTarget(client), sender, bucketRegions(), owners, undefined, small);
  return { quick, requests, connections, left };
};

test("a file's bytes are put with one request, one after the other over one connection", async (t) => {
  const { quick, requests, left } = await serving(t, (socket) => socket.write(stored));
  for (let turn = 0; turn < 2; turn++) t.is(await quick.put(place, content, { ...put, signal, only: "absent" }), '"e"');
  t.deepEqual(
    requests.map(({ connection, body }) => [connection, body]),
    [
      [1, content.toString()],
      [1, content.toString()],
    ],
  );
  const [{ head } = { head: "" }] = requests;
  t.regex(head, /^PUT \/our-bucket\/in\/a%20file HTTP\/1\.1\r\n/);
  for (const line of [
    /authorization: AWS4-HMAC-SHA256 .*SignedHeaders=[^,]*if-none-match;.*x-amz-expected-bucket-owner/,
    /x-amz-meta-bridge-path: a file/,
    /if-none-match: \*/,
    /x-amz-expected-bucket-owner: 111122223333/,
    new RegExp(`content-length: ${content.length}$`),
  ])
    t.regex(head, line);
  t.deepEqual(left, []);
});

test("an object comes in pieces and is held against its checksum; one that isn't there is missing", async (t) => {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(content));
  const head = `HTTP/1.1 200 OK\r\nETag: "e"\r\nx-amz-checksum-crc32: ${sum.toString("base64")}\r\nContent-Length: ${content.length}\r\n\r\n`;
  const answer = async (socket: Socket, count: number) => {
    if (count === 3) socket.write("HTTP/1.1 404 No\r\nContent-Length: 22\r\n\r\n<Code>NoSuchKey</Code>");
    if (count === 3) return;
    for (const piece of [head.slice(0, 30), head.slice(30), content.subarray(0, 5)]) {
      socket.write(piece);
      await new Promise(setImmediate);
    }
    socket.write(count === 1 ? content.subarray(5) : Buffer.alloc(content.length - 5));
  };
  const { quick, left } = await serving(t, (socket, _, count) => void answer(socket, count));
  const get = () => quick.get(place, { offset: 0, expected: content.length, signal });
  const object = await get();
  if (object === undefined || object === "missing") return t.fail();
  t.is(object.head.ETag, '"e"');
  const chunks: Uint8Array[] = [];
  for await (const chunk of object.body) chunks.push(chunk);
  t.deepEqual(Buffer.concat(chunks), content);
  t.is(await get(), undefined, "its bytes aren't those of the checksum: it is asked for in another way");
  t.is(await get(), "missing");
  t.deepEqual(left, []);
});

test("what was refused or had no answer isn't made here once more: whoever knows all errors repeats it", async (t) => {
  const { quick, requests, left } = await serving(t, (socket, _, count) => {
    if (count === 1) socket.destroy();
    else socket.write("HTTP/1.1 412 Precondition Failed\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
  });
  for (let turn = 0; turn < 2; turn++) t.is(await quick.put(place, content, { ...put, signal }), undefined);
  t.is(requests.length, 2);
  t.deepEqual(left, []);
});

test("an answer that isn't plain, and a bucket that is elsewhere, are left to Node's HTTP", async (t) => {
  const { quick, left } = await serving(t, (socket, _, count) =>
    socket.write(
      count === 1
        ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        : "HTTP/1.1 301 Moved\r\nx-amz-bucket-region: eu-west-3\r\nContent-Length: 0\r\n\r\n",
    ),
  );
  for (let turn = 0; turn < 2; turn++) t.is(await quick.put(place, content, { ...put, signal }), undefined);
  t.deepEqual(left, ["eu-central-1", "eu-west-3"]);
});

test("no more connections than are allowed; who waits gets the next that is free", async (t) => {
  const held: (() => void)[] = [];
  const { quick, requests, connections } = await serving(
    t,
    (socket) => {
      held.push(() => socket.write(stored));
      if (requests.length >= 2) for (const go of held.splice(0)) go();
    },
    { sockets: 2 },
  );
  const all = Array.from({ length: 6 }, () => quick.put(place, content, { ...put, signal }));
  t.deepEqual(await Promise.all(all), Array(6).fill('"e"'));
  t.is(connections.length, 2);
});

test("requests that come together open few connections, and further ones where more wait than there are", async (t) => {
  const held: (() => void)[] = [];
  const { quick, connections } = await serving(t, (socket) => held.push(() => socket.write(stored)), { sockets: 64 });
  const all = Array.from({ length: 60 }, () => quick.put(place, content, { ...put, signal }));
  while (held.length < 20) await new Promise(setImmediate);
  t.is(connections.length, 20, "twenty have one, and two wait for each of them");
  let done = 0;
  const answering = setInterval(() => {
    for (const answer of held.splice(0)) answer();
  }, 1);
  await Promise.all(all.map((one) => one.then(() => done++)));
  clearInterval(answering);
  t.is(done, 60);
  t.is(connections.length, 20);
});

test("silence ends, and its place is free", async (t) => {
  const { quick, requests } = await serving(t, (socket, _, count) => void (count > 1 && socket.write(stored)), {
    sockets: 1,
    timeout: 200,
  });
  t.is(await quick.put(place, content, { ...put, signal }), undefined);
  while ((await quick.put(place, content, { ...put, signal })) === undefined) t.true(requests.length < 20);
});

test("what is given up ends at once, and its place is free", async (t) => {
  const giveUp = new AbortController();
  const { quick } = await serving(
    t,
    (socket, _, count) => void (count === 1 ? giveUp.abort(new Error("the run ends")) : socket.write(stored)),
    { sockets: 1 },
  );
  const error = await t.throwsAsync(quick.put(place, content, { ...put, signal: giveUp.signal }));
  t.is(error?.message, "the run ends");
  t.is(await quick.put(place, content, { ...put, signal }), '"e"');
});

test("what is given up while it waits for a connection ends at once, and takes none", async (t) => {
  const answers: (() => void)[] = [];
  const { quick, requests } = await serving(t, (socket) => answers.push(() => socket.write(stored)), { sockets: 1 });
  const giveUp = new AbortController();
  const first = quick.put(place, content, { ...put, signal });
  const second = quick.put(place, content, { ...put, signal: giveUp.signal });
  const third = quick.put(place, content, { ...put, signal });
  while (answers.length === 0) await new Promise(setImmediate);
  giveUp.abort(new Error("the run ends"));
  t.is((await t.throwsAsync(second))?.message, "the run ends", "although no answer has come");
  answers.shift()?.();
  t.is(await first, '"e"');
  while (answers.length === 0) await new Promise(setImmediate);
  answers.shift()?.();
  t.is(await third, '"e"');
  t.is(requests.length, 2);
});

/** Asks a server that answers each request as `answer` says; of bodies up to 300,000 bytes. */
const asking = async (t: ExecutionContext, answer: (socket: Socket, count: number) => void) => {
  let requests = 0;
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.on("error", () => {}).on("data", () => answer(socket, ++requests));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => void server.close());
  const options = { credentials: async () => credentials, now: Date.now, sockets: 1, timeout: 60_000 };
  const small = createSmallRequests(options, 300_000);
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const scope = { region: "eu-central-1", service: "dynamodb" };
  const request = { method: "POST", path: "/", query: "", payloadHash: "0".repeat(64), headers: {} } as const;
  return { ask: () => small({ url, scope }, request), connections: () => connections };
};

test("connections that can't be opened leave their places", async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await new Promise((resolve) => server.close(resolve));
  const options = { credentials: async () => credentials, now: Date.now, sockets: 64, timeout: 60_000 };
  const small = createSmallRequests(options);
  const scope = { region: "eu-central-1", service: "s3" };
  const ask = () => small({ url, scope }, { method: "GET", path: "/", query: "", payloadHash: "", headers: {} });
  for (let turn = 0; turn < 6; turn++) await t.throwsAsync(ask(), { code: "ECONNREFUSED" });
});

/** Asks a host whose handshake never ends, or whose answers never come, and then another one. */
const besideSilence = async (t: ExecutionContext, protocol: "http" | "https") => {
  const held: Socket[] = [];
  const dumb = createServer((socket) => void held.push(socket.on("error", () => {}))).listen(0, "127.0.0.1");
  const good = createServer((socket) => socket.on("error", () => {}).on("data", () => socket.write(stored))).listen(
    0,
    "127.0.0.1",
  );
  await Promise.all([once(dumb, "listening"), once(good, "listening")]);
  t.teardown(() => {
    for (const socket of held) socket.destroy();
    dumb.close();
    good.close();
  });
  const small = createSmallRequests({
    credentials: async () => credentials,
    now: Date.now,
    sockets: 64,
    timeout: 2_000,
  });
  const scope = { region: "eu-central-1", service: "s3" };
  const ask = (to: string, server: typeof good) =>
    small(
      { url: new URL(`${to}://127.0.0.1:${(server.address() as AddressInfo).port}`), scope },
      { method: "GET", path: "/", query: "", payloadHash: "", headers: {} },
    );
  const unanswered = Array.from({ length: 8 }, () => ask(protocol, dumb).catch(() => "no answer"));
  const answered = await Promise.race([Promise.all(Array.from({ length: 3 }, () => ask("http", good))), unanswered[0]]);
  return { answered, unanswered };
};

for (const protocol of ["http", "https"] as const)
  test(`a host that says nothing, ${protocol}, keeps nobody waiting who asks another one`, async (t) => {
    const { answered, unanswered } = await besideSilence(t, protocol);
    if (!Array.isArray(answered)) return t.fail("the other one wasn't asked before the silent one was given up");
    t.deepEqual(
      answered.map((answer) => answer?.status),
      [200, 200, 200],
    );
    await Promise.all(unanswered);
  });

test("where all places are taken the next that is free goes to who has waited for longest, of whatever host", async (t) => {
  const order: string[] = [];
  const serving = async (name: string) => {
    const server = createServer((socket) =>
      socket
        .on("error", () => {})
        .on("data", () => {
          order.push(name);
          setImmediate(() => socket.write(stored));
        }),
    ).listen(0, "127.0.0.1");
    await once(server, "listening");
    t.teardown(() => void server.close());
    return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  };
  const one = await serving("one");
  const other = await serving("other");
  const small = createSmallRequests({
    credentials: async () => credentials,
    now: Date.now,
    sockets: 1,
    timeout: 5_000,
  });
  const scope = { region: "eu-central-1", service: "s3" };
  const ask = (url: URL) =>
    small({ url, scope }, { method: "GET", path: "/", query: "", payloadHash: "", headers: {} });
  await Promise.all([ask(one), ask(one), ask(other), ask(one), ask(other), ask(one)]);
  t.deepEqual(order, ["one", "one", "other", "one", "other", "one"]);
});

const headOf = (length: number) => `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`;

test("a long answer is taken as a whole, byte by byte; one longer than allowed is left to others", async (t) => {
  const whole = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 251));
  const { ask, connections } = await asking(t, (socket, count) => {
    if (count === 3) return void socket.write(headOf(300_001));
    socket.write(headOf(whole.length).slice(0, 20));
    setImmediate(() => socket.write(Buffer.concat([Buffer.from(headOf(whole.length).slice(20)), whole])));
  });
  for (let turn = 0; turn < 2; turn++) t.true((await ask())?.body.equals(whole));
  t.is(connections(), 1);
  t.is(await ask(), undefined);
});

test("an answer with more than it announces is none, and its connection isn't used again", async (t) => {
  const { ask, connections } = await asking(t, (socket, count) =>
    socket.write(count === 1 ? `${headOf(5)}{"a":1}HTTP/1.1 200 OK` : `${headOf(2)}{}`),
  );
  await t.throwsAsync(ask(), { message: /more than it had announced/ });
  t.is((await ask())?.body.toString(), "{}");
  t.is(connections(), 2);
});
