/** Large objects over connections of their own: whole, in order, held against their checksum, and no faster than they are taken. */
import { createHash, randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { S3Client } from "@aws-sdk/client-s3";
import test, { type ExecutionContext } from "ava";
import { parseHead } from "../../../lambda/src/aws/http-text.ts";
import { createLargeGet, leastLarge } from "../../../lambda/src/aws/large-get.ts";
import { quickS3 } from "../../../lambda/src/aws/s3.ts";
import { bucketTarget } from "../../../lambda/src/aws/sdk/s3.ts";
import { createSender } from "../../../lambda/src/aws/send.ts";
import { credentials } from "../../helpers/aws-answers.ts";

const place = { bucket: "our-bucket", key: "out/large.bin" };
const content = randomBytes(5 * leastLarge + 12_345);
const sha256Of = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
const crc32Of = (bytes: Buffer) => {
  const value = Buffer.alloc(4);
  value.writeUInt32BE(crc32(bytes));
  return value.toString("base64");
};
const headOf = (headers: Record<string, string | number>, status = "200 OK") =>
  `HTTP/1.1 ${status}\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")}\r\n`;
const usual = { ETag: '"e"', "Content-Length": content.length };

/**
 * A server that answers each request with what `answer` writes, and what asks it. `asked`: the connection's number of each request.
 * `timeout`: milliseconds of silence; long where a test has none, since a busy machine is silent too.
 */
const serving = async (
  t: ExecutionContext,
  answer: (socket: Socket, request: string, count: number) => void,
  timeout = 60_000,
) => {
  const asked: number[] = [];
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    const own = sockets.size;
    let text = "";
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      for (let at = text.indexOf("\r\n\r\n"); at >= 0; at = text.indexOf("\r\n\r\n")) {
        const request = text.slice(0, at);
        text = text.slice(at + 4);
        requests.push(request);
        asked.push(own);
        answer(socket, request, asked.length);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new S3Client({ endpoint, region: "eu-central-1", forcePathStyle: true, credentials });
  const common = { credentials: async () => credentials, now: Date.now };
  const sender = createSender({ ...common, sockets: 4, timeout: 60_000 });
  const quick = quickS3(bucketTarget(client), sender, undefined, undefined, createLargeGet({ ...common, timeout }));
  const get = async (offset = 0, signal = new AbortController().signal) => {
    const object = await quick.get(place, { offset, expected: content.length, signal });
    if (object === undefined || object === "missing") throw new Error(`no object: ${object}`);
    return object;
  };
  return { get, quick, asked, requests, sockets };
};

const read = async (body: AsyncIterable<Uint8Array>, pause?: () => Promise<unknown>): Promise<string> => {
  const hash = createHash("sha256");
  for await (const chunk of body) {
    if (pause) await pause();
    hash.update(chunk);
  }
  return hash.digest("hex");
};

test("whole and in order, in chunks that become one WRITE each, one object after the other over one connection", async (t) => {
  const { get, asked, requests } = await serving(t, (socket) => {
    socket.write(headOf({ ...usual, "x-amz-checksum-crc32": crc32Of(content) }));
    // Pieces of all lengths, beside the ends of chunks.
    for (let at = 0, size = 1; at < content.length; at += size, size = (size * 7 + 11) % 70_000)
      socket.write(content.subarray(at, at + size));
  });
  for (let turn = 0; turn < 2; turn++) {
    const { head, body } = await get();
    t.is(head.ContentLength, content.length);
    const lengths: number[] = [];
    const hash = createHash("sha256");
    for await (const chunk of body) {
      lengths.push(chunk.byteLength);
      hash.update(chunk);
    }
    t.is(hash.digest("hex"), sha256Of(content));
    t.true(lengths.slice(0, -1).every((length) => length === 255 * 1024));
  }
  t.deepEqual(asked, [1, 1]);
  t.regex(requests[0] ?? "", /^GET \/our-bucket\/out\/large\.bin HTTP\/1\.1\r\n/);
  t.regex(requests[0] ?? "", /x-amz-checksum-mode: ENABLED/);
});

test("a reader that takes its time gets all of it, and isn't sent all of it meanwhile", async (t) => {
  const turns = 12;
  let sent = 0;
  const { get } = await serving(t, (socket) => {
    socket.write(headOf({ ...usual, "Content-Length": turns * content.length }));
    const more = (): void => {
      if (sent < turns) socket.write(content, () => ++sent && more());
    };
    more();
  });
  const { body } = await get();
  const expected = createHash("sha256");
  for (let turn = 0; turn < turns; turn++) expected.update(content);
  let count = 0;
  const own = await read(body, async () => {
    if (++count !== 3) return;
    for (let look = 0; look < 15 && sent < turns; look++) await setTimeout(100);
    t.true(sent < turns, "what the kernel holds at both ends is less");
  });
  t.is(own, expected.digest("hex"));
});

test("other bytes than S3's checksum says are an error at their end", async (t) => {
  const { get } = await serving(t, (socket) => {
    socket.write(headOf({ ...usual, "x-amz-checksum-crc32": crc32Of(Buffer.from("other")) }));
    socket.write(content);
  });
  await t.throwsAsync(read((await get()).body), { message: /another checksum/ });
});

test("a body that ends early, or that stops, is an error and no shorter object", async (t) => {
  const short = (stops: boolean) => (socket: Socket) => {
    socket.write(headOf(usual));
    socket.write(content.subarray(0, -1), () => stops || socket.end());
  };
  const ends = await serving(t, short(false));
  await t.throwsAsync(read((await ends.get()).body), { message: /ended the connection/ });
  const stops = await serving(t, short(true), 2_000);
  await t.throwsAsync(read((await stops.get()).body), { message: /said nothing/ });
});

test("more bytes than were announced are an error, or close the connection", async (t) => {
  const { get, asked } = await serving(t, (socket) => {
    socket.write(Buffer.concat([Buffer.from(headOf(usual)), content, Buffer.from("more")]));
  });
  // Whether they come with the last ones or behind them is chance; never is one answer taken for a part of another.
  for (let turn = 0; turn < 3; turn++) {
    const own = await read((await get()).body).catch((error: Error) => error.message);
    t.true(own === sha256Of(content) || /more bytes|ended the connection/.test(own), own);
    await setTimeout(50);
  }
  t.deepEqual(new Set(asked).size, asked.length);
});

test("who is told to stop stops, and the next one gets its own", async (t) => {
  const { get } = await serving(t, (socket, _request, count) => {
    socket.write(headOf(usual));
    socket.write(count === 1 ? content.subarray(0, 300_000) : content);
  });
  const stop = new AbortController();
  const first = await get(0, stop.signal);
  const ended = t.throwsAsync(read(first.body), { message: "time is up" });
  stop.abort(new Error("time is up"));
  await ended;
  const second = await get();
  for await (const _ of second.body) break;
  const third = await get();
  third.discard();
  t.is(await read((await get()).body), sha256Of(content));
});

test("a range is asked for as one, and only an answer of that kind is taken", async (t) => {
  const { get, requests } = await serving(t, (socket) => {
    socket.write(headOf({ ...usual, "Content-Length": 3 }, "206 Partial Content"));
    socket.write("abc");
  });
  t.is(await read((await get(7)).body), sha256Of(Buffer.from("abc")));
  t.regex(requests[0] ?? "", /range: bytes=7-/);
});

test("what isn't a plain answer with a length is asked for by Node's own means", async (t) => {
  const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  for (const odd of [
    chunked,
    headOf({ "Content-Length": 0 }, "503 Slow Down"),
    "HTTP/1.0 200 OK\r\n\r\n",
    "nonsense\r\n\r\n",
  ]) {
    const { get, asked } = await serving(t, (socket, _request, count) =>
      count === 1 ? socket.write(odd) : socket.write(`${headOf({ ...usual, "Content-Length": 3 })}abc`),
    );
    t.is(await read((await get()).body), sha256Of(Buffer.from("abc")), odd);
    t.deepEqual(asked, [1, 2]);
  }
});

test("one that doesn't answer is asked by Node's own means; small objects aren't asked for here", async (t) => {
  const answer = (socket: Socket, _request: string, count: number) => {
    if (count > 1) socket.write(`${headOf({ "Content-Length": 3 })}abc`);
  };
  const { get, quick, asked } = await serving(t, answer, 2_000);
  t.is(await read((await get()).body), sha256Of(Buffer.from("abc")));
  const { signal } = new AbortController();
  const small = await quick.get(place, { offset: 0, expected: leastLarge - 1, signal });
  t.true(typeof small === "object");
  t.deepEqual(asked, [1, 2, 2]);
});

test("a head is believed only where it can be read in one way", (t) => {
  const head = (lines: string) => parseHead(`HTTP/1.1 200 OK\r\n${lines}`);
  t.is(head("Content-Length: 5")?.length, 5);
  t.is(head("content-length:5 \r\nx-amz-meta-a: b: c")?.headers["x-amz-meta-a"], "b: c");
  for (const bad of [
    "",
    "Content-Length: 5\r\nContent-Length: 6",
    "Content-Length: -5",
    "Content-Length: 5\r\n folded",
    "Content-Length : 5",
    "Content-Length: 5\r\nTransfer-Encoding: gzip",
  ])
    t.is(head(bad), undefined, bad);
});
