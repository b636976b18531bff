/** A proxy in front of the AWS emulator that answers 500 and 503, loses requests and answers, and cuts bodies short. */
import { createServer, type IncomingMessage, request as plainRequest, type ServerResponse } from "node:http";
import { Agent, request } from "node:https";
import type { Stack } from "../stack/emulator.ts";
import type { Random } from "./random.ts";

const kinds = ["error", "slow-down", "lost-request", "lost-answer", "time-out", "late-answer", "cut-body"] as const;
type Trouble = (typeof kinds)[number];

export interface AwsProxy {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  readonly counts: Record<Trouble | "none", number>;
  setTrouble(probability: number): void;
  stop(): Promise<void>;
}

/** Longer than the clients wait. Milliseconds. */
const silence = 2_500;

const isDynamo = ({ headers }: IncomingMessage): boolean => headers["x-amz-target"] !== undefined;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, and DynamoDB's Programming.Errors. */
const refuse = (incoming: IncomingMessage, outgoing: ServerResponse, slow: boolean): void => {
  if (isDynamo(incoming)) {
    const type = slow ? "ProvisionedThroughputExceededException" : "InternalServerError";
    outgoing.writeHead(slow ? 400 : 500, { "content-type": "application/x-amz-json-1.0" });
    outgoing.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: "injected" }));
    return;
  }
  outgoing.writeHead(slow ? 503 : 500, { "content-type": "application/xml" });
  const code = slow ? "SlowDown" : "InternalError";
  outgoing.end(
    incoming.method === "HEAD"
      ? undefined
      : `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>injected</Message></Error>`,
  );
};

export const startAwsProxy = async (
  stack: Pick<Stack, "endpoint" | "authorityPem">,
  random: Random,
): Promise<AwsProxy> => {
  const counts = Object.fromEntries([...kinds, "none" as const].map((kind) => [kind, 0])) as AwsProxy["counts"];
  const agent = new Agent({ ca: stack.authorityPem, keepAlive: true, maxSockets: 64 });
  const target = new URL(stack.endpoint);
  const send = target.protocol === "https:" ? request : plainRequest;
  let probability = 0;

  const forward = (
    incoming: IncomingMessage,
    body: Buffer,
    answered: (answer: IncomingMessage) => void,
    failed: () => void,
  ) => {
    const { "transfer-encoding": _, ...headers } = incoming.headers;
    const outgoing = send({
      ...(target.protocol === "https:" && { agent }),
      hostname: target.hostname,
      port: target.port,
      method: incoming.method,
      path: incoming.url,
      headers: { ...headers, "content-length": body.byteLength },
    });
    outgoing.on("response", answered);
    outgoing.on("error", failed);
    outgoing.end(body);
  };

  const handle = (incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse) => {
    const trouble = random.chance(probability) ? random.pick(kinds) : "none";
    counts[trouble]++;
    const vanish = () => void outgoing.destroy();
    const pass = (answer: IncomingMessage) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
      answer.on("error", vanish);
    };
    switch (trouble) {
      case "error":
      case "slow-down":
        refuse(incoming, outgoing, trouble === "slow-down");
        return;
      case "lost-request":
        vanish();
        return;
      case "time-out":
        setTimeout(vanish, silence).unref();
        return;
      case "lost-answer":
        forward(incoming, body, (answer) => void answer.resume().on("end", vanish), vanish);
        return;
      case "late-answer":
        forward(
          incoming,
          body,
          (answer) => void answer.resume().on("end", () => setTimeout(vanish, silence).unref()),
          vanish,
        );
        return;
      case "cut-body":
        forward(
          incoming,
          body,
          (answer) => {
            const room = random.between(0, Number(answer.headers["content-length"] ?? 1_000));
            let passed = 0;
            outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
            answer.on("data", (chunk: Buffer) => {
              if (passed < room) outgoing.write(chunk.subarray(0, room - passed));
              passed += chunk.byteLength;
              if (passed > room) setTimeout(vanish, 5).unref();
            });
            answer.on("end", () => outgoing.end());
            answer.on("error", vanish);
          },
          vanish,
        );
        return;
      default:
        forward(incoming, body, pass, vanish);
    }
  };

  const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => handle(incoming, Buffer.concat(chunks), outgoing));
    incoming.on("error", () => outgoing.destroy());
    outgoing.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    counts,
    setTrouble: (value) => {
      probability = value;
    },
    stop: async () => {
      server.closeAllConnections();
      agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
