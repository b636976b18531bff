import { connect, createServer, type Socket } from "node:net";
import type { Remote } from "../../lambda/src/sftp/remote.ts";

export interface CountingLine {
  readonly port: number;
  /** Round trips of the last connection so far, with the one that TCP takes to connect. */
  readonly roundTrips: () => number;
  /** What the client has sent on the last connection, as it came. */
  readonly sent: () => Buffer;
  stop(): Promise<void>;
}

/**
 * A line to `target` that counts round trips by what could have been known when something was sent, and not by a clock: each piece
 * is half a round trip later than the last that its sender had received. Everything takes `milliseconds` each way, so that what the
 * two sides send by themselves isn't taken for an answer; a machine that is slow can only make it count more.
 */
export const startCountingLine = async (target: number, milliseconds = 20): Promise<CountingLine> => {
  const sockets = new Set<Socket>();
  let client = { at: 0 };
  let sent: Buffer[] = [];
  const later = (act: () => void) => setTimeout(act, milliseconds);
  const carry = (
    from: Socket,
    to: Socket,
    sender: { at: number },
    receiver: { at: number },
    seen: (chunk: Buffer) => void,
  ) => {
    sockets.add(from);
    from.on("data", (chunk) => {
      seen(chunk);
      const arrives = sender.at + 0.5;
      later(() => {
        receiver.at = Math.max(receiver.at, arrives);
        if (!to.destroyed) to.write(chunk);
      });
    });
    from.on("end", () => later(() => to.end()));
    from.on("error", () => {});
    from.once("close", () => {
      sockets.delete(from);
      later(() => to.destroy());
    });
  };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (accepted) => {
    // TCP's own handshake; the server is spoken to half a round trip behind it.
    const [here, there] = [{ at: 1 }, { at: 1.5 }];
    client = here;
    const pieces: Buffer[] = [];
    sent = pieces;
    const upstream = connect({ allowHalfOpen: true, host: "127.0.0.1", noDelay: true, port: target });
    carry(accepted, upstream, here, there, (chunk) => pieces.push(chunk));
    carry(upstream, accepted, there, here, () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the line has no port");
  return {
    port: address.port,
    roundTrips: () => client.at,
    sent: () => Buffer.concat(sent),
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/**
 * The fewest round trips until a connection is open, and until its first answer: of connections until they are what is wanted, and
 * of five at most. A slow machine counts more at times, and never less.
 */
export const fewestRoundTrips = async (
  line: CountingLine,
  open: () => Promise<Pick<Remote, "stat" | "close">>,
  wanted: readonly [number, number],
): Promise<readonly [number, number]> => {
  let fewest: [number, number] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let turn = 0; turn < 5; turn++) {
    const remote = await open();
    const opened = line.roundTrips();
    await remote.stat("");
    fewest = [Math.min(fewest[0], opened), Math.min(fewest[1], line.roundTrips())];
    await remote.close();
    if (fewest.every((count, at) => count <= (wanted[at] ?? 0))) break;
  }
  return fewest;
};
