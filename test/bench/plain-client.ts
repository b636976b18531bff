/** The plain way, as many a function does it: ssh2-sftp-client with Buffers, one file after the other. */
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import SftpClient from "ssh2-sftp-client";

interface Task {
  readonly direction: "push" | "pull";
  readonly s3: string;
  readonly host: string;
  readonly port: number;
  readonly privateKey: string;
  readonly folder: string;
  readonly target: string;
  readonly files: readonly string[];
}

const task = JSON.parse(process.argv[2] ?? "{}") as Task;
const s3 = new S3Client({
  endpoint: task.s3,
  region: "us-east-1",
  forcePathStyle: true,
  credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
});
const client = new SftpClient();
await client.connect({
  host: task.host,
  port: task.port,
  username: "root",
  privateKey: readFileSync(task.privateKey, "utf8"),
});
const made = new Set<string>();
for (const path of task.files) {
  if (task.direction === "push") {
    const object = await s3.send(new GetObjectCommand({ Bucket: "bench", Key: `${task.folder}/${path}` }));
    const bytes = Buffer.from((await object.Body?.transformToByteArray()) ?? []);
    const folder = posix.dirname(`${task.target}/${path}`);
    if (!made.has(folder)) await client.mkdir(folder, true);
    made.add(folder);
    await client.put(bytes, `${task.target}/${path}`);
  } else {
    const bytes = (await client.get(`${task.folder}/${path}`)) as Buffer;
    await s3.send(new PutObjectCommand({ Bucket: "bench", Key: `${task.target}/${path}`, Body: bytes }));
  }
}
await client.end();
process.exit(0);
