/**
 * A partner and an S3 whose one large object is made up as it is read and held against what it should be as it is written,
 * so that a file of any size takes neither memory nor disk. In a process of its own. `node generated-servers.ts BYTES CERTIFICATE KEY`;
 * prints where they are as JSON, and at the end of its input how many bytes came and how many pieces were wrong. S3's `/-/first` tells
 * when the large file was first read since one last asked, in milliseconds since the epoch: `read` at the partner, `sent` from S3.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { startAdversary } from "../helpers/sftp/adversary.ts";
import { directory, generatedFile, patternAt } from "../helpers/sftp/files.ts";
import { makeKey } from "../helpers/sftp/keys.ts";

const bytes = Number(process.argv[2]);
const key = makeKey("ed25519");
const partner = await startAdversary({ ident: "OpenSSH_generated", publicKey: key.publicKey });
const mtime = Date.UTC(2025, 0, 1) / 1000;
partner.files.set("/huge", directory());
const first: { read?: number; sent?: number } = {};
const now = () => performance.timeOrigin + performance.now();
const huge = generatedFile(bytes);
const readHuge = huge.read;
partner.files.set(
  "/huge/huge.dat",
  Object.assign(huge, {
    mtime,
    read(offset: number, into: Buffer) {
      first.read ??= now();
      return readHuge(offset, into);
    },
  }),
);

/** Small objects: configuration and key. */
const stored = new Map<string, Buffer>([["/bench/user-key", Buffer.from(key.privateKey)]]);
const uploaded = { bytes: 0, wrong: 0, completed: 0, partBytes: 0 };

const collect = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

/** The length that a part other than the last has comes with the first one: parts are of one size. */
const takePart = async (request: IncomingMessage, number: number): Promise<void> => {
  const length = Number(request.headers["content-length"]);
  uploaded.partBytes = Math.max(uploaded.partBytes, length);
  let at = (number - 1) * uploaded.partBytes;
  for await (const chunk of request) {
    if (!patternAt(at, (chunk as Buffer).length).equals(chunk as Buffer)) uploaded.wrong++;
    at += (chunk as Buffer).length;
    uploaded.bytes += (chunk as Buffer).length;
  }
};

const sendGenerated = async (response: ServerResponse): Promise<void> => {
  const step = 256 * 1024;
  const closed = once(response, "close");
  first.sent ??= now();
  for (let at = 0; at < bytes && !response.destroyed; at += step) {
    if (!response.write(patternAt(at, Math.min(step, bytes - at))))
      await Promise.race([once(response, "drain"), closed]);
  }
  response.end();
};

const head = (length: number) => ({
  "content-length": length,
  etag: '"generated"',
  "last-modified": new Date(mtime * 1000).toUTCString(),
});
const xml = (response: ServerResponse, text: string) =>
  response.writeHead(200, { "content-type": "application/xml" }).end(`<?xml version="1.0"?>${text}`);

const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://s3");
  const { method } = request;
  const part = searchParams.get("partNumber");
  if (method === "PUT" && part !== null) {
    await takePart(request, Number(part));
    return void response.writeHead(200, { etag: `"${part}"` }).end();
  }
  if (method === "PUT") {
    stored.set(pathname, await collect(request));
    return void response.writeHead(200, { etag: '"stored"' }).end();
  }
  if (method === "POST" && searchParams.has("uploads"))
    return void xml(
      response,
      "<InitiateMultipartUploadResult><UploadId>one</UploadId></InitiateMultipartUploadResult>",
    );
  if (method === "POST") {
    await collect(request);
    uploaded.completed++;
    return void xml(response, "<CompleteMultipartUploadResult><ETag>done</ETag></CompleteMultipartUploadResult>");
  }
  if (method === "GET" && searchParams.has("uploads"))
    return void xml(
      response,
      "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>",
    );
  if (pathname === "/-/first") {
    response.end(JSON.stringify(first));
    delete first.read;
    delete first.sent;
    return;
  }
  const small = stored.get(pathname);
  if (small !== undefined) return void response.writeHead(200, head(small.length)).end(small);
  if (pathname === "/bench/huge/huge.dat") {
    response.writeHead(200, head(bytes));
    return method === "HEAD" ? void response.end() : sendGenerated(response);
  }
  response.writeHead(404).end("<Error><Code>NoSuchKey</Code></Error>");
};

const [, , , certificate = "", privateKey = ""] = process.argv;
const s3 = createServer({ cert: readFileSync(certificate), key: readFileSync(privateKey) }, (request, response) => {
  answer(request, response).catch((error: unknown) => {
    console.error(error);
    response.destroy();
  });
});
await new Promise<void>((resolve) => s3.listen(0, "127.0.0.1", resolve));
const { port } = s3.address() as AddressInfo;
/** Whatever is written goes to a file of this kind. */
const set = partner.files.set.bind(partner.files);
const written: ReturnType<typeof generatedFile>[] = [];
partner.files.set = (path, node) => {
  if (node.kind !== "file") return set(path, node);
  const file = written.includes(node as never) ? (node as ReturnType<typeof generatedFile>) : generatedFile();
  if (!written.includes(file)) written.push(file);
  return set(path, file);
};
console.log(
  JSON.stringify({
    s3: `https://127.0.0.1:${port}`,
    sftpPort: partner.config.port,
    hostKey: partner.config.hostKeys[0],
  }),
);
process.stdin.resume();
process.stdin.on("end", () => {
  const files = [...partner.files].filter(([path]) => path.startsWith("/to-"));
  const sent = files.filter(([, node]) => node.kind === "file").map(([path, node]) => ({ path, bytes: node.size }));
  console.log(JSON.stringify({ uploaded, sent, wrong: written.reduce((sum, file) => sum + file.wrong, 0) }));
  process.exit(0);
});
