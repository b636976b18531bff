import { Duplex } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import test from "ava";
import type { Client, SFTPWrapper } from "ssh2";
import { corkPerTurn } from "../../../../../lambda/src/sftp/ssh/cork.ts";
import { joinRequests } from "../../../../../lambda/src/sftp/ssh/hooks/join-requests.ts";

/** A protocol that notes what it is told to send, and writes it. */
const connect = (packetSize = 32_768) => {
  const sent: string[] = [];
  const wire = new Duplex({ read() {}, writev: (_, done) => done(), write: (_, __, done) => done() });
  corkPerTurn(Object.assign(wire, { bytesRead: 0 }));
  const protocol = {
    channelData(channel: number, data: Uint8Array) {
      sent.push(`${channel}: ${Buffer.from(data).toString()}`);
      wire.write(Buffer.from(data));
    },
    channelClose: (channel: number) => void sent.push(`close ${channel}`),
    disconnect: () => void sent.push("disconnect"),
  };
  const client = { _protocol: protocol } as unknown as Client;
  const open = (id: number) =>
    joinRequests(
      { outgoing: { id, packetSize } } as unknown as SFTPWrapper,
      client,
      Object.assign(wire, { bytesRead: 0 }),
    );
  return { sent, wire, protocol, open };
};

test("small requests of one turn are one packet of their channel, sent with the turn; those of the next are another", async (t) => {
  const { sent, wire, protocol, open } = connect();
  open(1);
  open(2);
  for (const part of ["a", "b"]) protocol.channelData(1, Buffer.from(part));
  protocol.channelData(2, Buffer.from("x"));
  protocol.channelData(1, Buffer.from("c"));
  t.deepEqual(sent, []);
  t.is(wire.writableCorked, 1);
  await turn();
  t.deepEqual(sent, ["1: abc", "2: x"]);
  t.is(wire.writableCorked, 0);
  protocol.channelData(1, Buffer.from("d"));
  await turn();
  t.deepEqual(sent.slice(2), ["1: d"]);
});

test("the order stays: what is large, and the end, come behind what was asked for before", async (t) => {
  const { sent, protocol, open } = connect();
  open(1);
  const large = "L".repeat(2_000);
  for (const part of ["a", large, "b"]) protocol.channelData(1, Buffer.from(part));
  protocol.channelClose(1);
  protocol.channelData(1, Buffer.from("c"));
  protocol.disconnect();
  t.deepEqual(sent, ["1: a", `1: ${large}`, "1: b", "close 1", "1: c", "disconnect"]);
  await turn();
  t.is(sent.length, 6);
});

test("no packet is larger than the server takes, and a channel that nobody told of sends as ever", async (t) => {
  const { sent, protocol, open } = connect(5);
  open(1);
  for (const part of ["abc", "def", "gh", "tall-one"]) protocol.channelData(1, Buffer.from(part));
  protocol.channelData(7, Buffer.from("now"));
  t.deepEqual(sent, ["1: abc", "1: defgh", "1: tall-one", "7: now"]);
  await turn();
});
