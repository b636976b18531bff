import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { ExecutionContext } from "ava";
import { createSender } from "../../lambda/src/aws/send.ts";

export const credentials = { accessKeyId: "key", secretAccessKey: "secret" };

/** A server on loopback that answers as the test says, and a sender to it. `certificate`: over TLS. */
export const answering = async (
  t: ExecutionContext,
  answer: (request: IncomingMessage, body: Buffer, response: ServerResponse) => void,
  certificate?: { readonly cert: string; readonly key: string },
): Promise<{ endpoint: string; send: ReturnType<typeof createSender>; requests: IncomingMessage[] }> => {
  const requests: IncomingMessage[] = [];
  const listen = async (request: IncomingMessage, response: ServerResponse) => {
    requests.push(request);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    answer(request, Buffer.concat(chunks), response);
  };
  const server: Server = certificate ? createTlsServer(certificate, listen) : createServer(listen);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `${certificate ? "https" : "http"}://127.0.0.1:${port}`,
    send: createSender({ credentials: async () => credentials, sockets: 4, timeout: 60_000, now: Date.now }),
    requests,
  };
};

/** Has the SDK's clients of this process send to `endpoint`, until the test ends. For tests that run one after the other. */
export const standIn = (t: ExecutionContext, endpoint: string): void => {
  const before = { ...process.env };
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  });
  t.teardown(() => {
    process.env = before;
  });
};
