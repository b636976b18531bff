/** The fuzzer's server, in a process of its own: told a seed, it behaves as that seed says until it is told the next. */
import * as p from "../helpers/sftp/packets.ts";
import { startRaw } from "../helpers/sftp/raw-server.ts";
import { decent, twists } from "./hostile-answers.ts";
import { deeds } from "./hostile-transport.ts";
import { createRandom, type Random } from "./random.ts";

/** A seed's habits: how often it is wrong, and in which ways. */
interface Habits {
  readonly random: Random;
  readonly wrong: number;
  readonly below: number;
  /** Requests that are only answered wrongly; undefined: any. */
  readonly only: string | undefined;
  readonly ways: readonly string[];
  readonly listed: Set<string>;
  served: number;
}

const requests = [
  "OPEN",
  "OPENDIR",
  "READDIR",
  "READ",
  "WRITE",
  "CLOSE",
  "STAT",
  "LSTAT",
  "FSTAT",
  "RENAME",
  "REMOVE",
  "MKDIR",
  "EXTENDED",
];

const habitsOf = (seed: number): Habits => {
  const random = createRandom(seed);
  const all = Object.keys(twists(random));
  return {
    random,
    wrong: random.pick([0.02, 0.1, 0.3, 0.9]),
    below: random.pick([0, 0, 0.05, 0.3]),
    only: random.chance(0.5) ? random.pick(requests) : undefined,
    ways: random.chance(0.5) ? [random.pick(all)] : all,
    listed: new Set(),
    served: 0,
  };
};

let habits = habitsOf(0);

const initOf = (random: Random): Buffer =>
  random.chance(0.85)
    ? p.version(3, ["posix-rename@openssh.com", "1"], ["fsync@openssh.com", "1"])
    : random.pick([
        () => p.version(random.pick([0, 1, 2, 4, 6, 255, 0xffffffff])),
        () => p.version(3, ["limits@openssh.com", "1"], ["__proto__", "1"]),
        () => p.packet(2),
        () => p.packet(2, p.u32(3), p.u32(0xffffff), Buffer.alloc(5)),
        () => p.u32(random.pick([0, 1, 0x80000000, 0xffffffff])),
        () => p.packet(random.below(256), p.u32(3)),
        () => random.bytes(40),
        () => Buffer.concat([p.version(), p.version()]),
      ])();

const server = await startRaw(
  (request) => {
    const { random, wrong, below, only, ways, listed } = habits;
    habits.served++;
    const right = decent(request, listed);
    const answer = (packets: readonly Buffer[]) => {
      for (const packet of packets) {
        if (random.chance(0.9)) request.send(packet);
        else for (let at = 0; at < packet.length; at += 7) request.send(packet.subarray(at, at + 7));
      }
    };
    if (random.chance(below)) {
      const all = deeds(random);
      try {
        all[random.pick(Object.keys(all))]?.(request.client, request.socket);
      } catch {
        // Its own end has come already.
      }
    }
    const isWrong = (only === undefined || only === request.type) && random.chance(wrong);
    const packets = isWrong ? (twists(random)[random.pick(ways)]?.(right, request) ?? [right]) : [right];
    if (random.chance(0.9)) answer(packets);
    else setTimeout(() => answer(packets), random.below(60));
  },
  {
    ident: "OpenSSH_9.9",
    init: () => initOf(habits.random),
    onConnection: (_, socket) => {
      const { random } = habits;
      if (random.chance(0.03)) socket.write(random.bytes(random.below(60)));
      if (random.chance(0.02)) setTimeout(() => socket.destroy(), random.below(100));
    },
  },
);
process.on("uncaughtException", () => {
  // What it does to ssh2's server is its own affair.
});
process.on("message", (seed: number) => {
  habits = habitsOf(seed);
  process.send?.({ seed, config: server.config });
});
