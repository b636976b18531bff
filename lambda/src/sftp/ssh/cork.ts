import { release } from "../../memory/release.ts";
import { createJoiner } from "./join-pieces.ts";
import type { Wire } from "./transport.ts";

/** What a socket gathers in one turn. */
interface Turn {
  begin(): void;
  /** What is called before it is sent off. */
  readonly last: (() => void)[];
}

const turns = new WeakMap<Wire, Turn>();

/**
 * Lets a socket gather what is written to it in one turn of the event loop, and send it in one go. ssh2 writes each
 * packet of 32 KiB by itself, in three pieces, and doesn't listen for when to stop; how much there can be is the budget's to say. Nor
 * does it look at a packet again, whose memory is given back as soon as it is sent.
 */
export const corkPerTurn = (socket: Wire): void => {
  const write = socket.write.bind(socket) as (...given: unknown[]) => boolean;
  const end = socket.end.bind(socket) as (...given: unknown[]) => Wire;
  const joiner = createJoiner(write, (sent) => {
    for (const piece of sent) release(piece);
  });
  let corked = false;
  const last: (() => void)[] = [];
  const sendOff = () => {
    for (const one of last.splice(0)) one();
    joiner.flush();
    corked = false;
    socket.uncork();
  };
  const begin = () => {
    if (corked) return;
    corked = true;
    socket.cork();
    setImmediate(sendOff);
  };
  turns.set(socket, { begin, last });
  socket.write = (...given: unknown[]) => {
    begin();
    const [piece] = given;
    if (given.length === 1 && Buffer.isBuffer(piece)) {
      joiner.add(piece);
      return !socket.writableNeedDrain;
    }
    joiner.flush();
    return write(...given);
  };
  socket.end = ((...given: unknown[]) => {
    joiner.flush();
    return end(...given);
  }) as Wire["end"];
};

/** Calls back at the end of this turn, when what the socket has gathered is about to be sent: what is written then goes with it. */
export const beforeSendOff = (socket: Wire, told: () => void): void => {
  const turn = turns.get(socket);
  if (turn === undefined) return void setImmediate(told);
  turn.last.push(told);
  turn.begin();
};
