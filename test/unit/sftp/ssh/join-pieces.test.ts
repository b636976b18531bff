import test from "ava";
import { createJoiner } from "../../../../lambda/src/sftp/ssh/join-pieces.ts";

type Done = (error?: Error | null) => void;

const start = () => {
  const written: { readonly piece: Buffer; readonly done: Done | undefined }[] = [];
  const sent: Buffer[] = [];
  const joiner = createJoiner(
    (piece, done) => void written.push({ piece, done }),
    (pieces) => void sent.push(...pieces),
  );
  return { ...joiner, written, sent, bytes: () => Buffer.concat(written.map(({ piece }) => piece)) };
};
const large = (letter: string) => Buffer.alloc(32 * 1024, letter);

test("a packet's tag and the next one's length are one write, and large pieces are written as they are", (t) => {
  const { add, flush, written, bytes } = start();
  const pieces = ["a", "b", "c"].flatMap((letter) => [Buffer.from("len"), large(letter), Buffer.from("tag")]);
  for (const piece of pieces) add(piece);
  flush();
  t.true(bytes().equals(Buffer.concat(pieces)));
  t.deepEqual(
    written.map(({ piece }) => piece.length),
    [3, 32_768, 6, 32_768, 6, 32_768, 3],
  );
  t.is(written[1]?.piece, pieces[1], "without a copy");
});

test("only the last write of a turn calls back, and then all large pieces are sent, unless it failed", (t) => {
  const { add, flush, written, sent } = start();
  const [first, second, third] = [large("a"), large("b"), large("c")];
  add(first);
  add(second);
  flush();
  t.deepEqual(
    written.map(({ done }) => done !== undefined),
    [false, true],
  );
  t.deepEqual(sent, []);
  written.at(-1)?.done?.();
  t.deepEqual(sent, [first, second]);
  add(third);
  flush();
  written.at(-1)?.done?.(new Error("the connection is lost"));
  t.is(sent.length, 2, "what failed may still be somebody's");
});

test("a small piece may be overwritten as soon as it was given: ssh2 makes the next packet in the same memory", (t) => {
  const { add, flush, bytes } = start();
  const scratch = Buffer.from("one");
  add(scratch);
  add(large("x"));
  scratch.write("two");
  add(scratch);
  flush();
  t.is(bytes().toString("latin1").replace(/x+/, "-"), "one-two");
});

test("what was written isn't overwritten by what comes later, in this turn or the next", (t) => {
  const { add, flush, bytes } = start();
  let expected = "";
  for (let turn = 0; turn < 3; turn++) {
    for (let number = 0; number < 400; number++) {
      const piece = `${turn}:${number} `;
      expected += piece;
      add(Buffer.from(piece));
      if (number % 150 === 0) {
        add(large("x"));
        expected += "x".repeat(32 * 1024);
      }
    }
    flush();
  }
  t.true(bytes().toString() === expected);
});

test("nothing to write, nothing written", (t) => {
  const { flush, written } = start();
  flush();
  flush();
  t.deepEqual(written, []);
});
