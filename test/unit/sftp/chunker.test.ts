import test from "ava";
import fc from "fast-check";
import { createPieces } from "../../../lambda/src/sftp/chunker.ts";

test("whatever the chunks, and whether their bytes are overwritten afterwards, the pieces have the one size and join to the same bytes", (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 40 })),
      fc.integer({ min: 1, max: 16 }),
      fc.option(fc.nat(100), { nil: undefined }),
      (chunks, bytes, total) => {
        const pieces = createPieces(bytes, total);
        const whole: Buffer[] = [];
        for (const chunk of chunks) {
          const reused = Uint8Array.from(chunk);
          for (const piece of pieces.add(reused)) whole.push(Buffer.from(piece));
          reused.fill(0xee);
        }
        const rest = pieces.rest();
        t.true(whole.every((piece) => piece.length === bytes));
        t.true(rest === undefined || (rest.length > 0 && rest.length < bytes));
        t.deepEqual(Buffer.concat([...whole, ...(rest === undefined ? [] : [rest])]), Buffer.concat(chunks));
      },
    ),
  );
});

test("a chunk that is large enough isn't copied", (t) => {
  const chunk = Buffer.alloc(10);
  const [piece] = createPieces(4).add(chunk);
  t.is(piece?.buffer, chunk.buffer);
});

test("a little file takes as much memory as it has bytes", (t) => {
  const pieces = createPieces(255 * 1024, 100);
  t.deepEqual([...pieces.add(Buffer.alloc(60)), ...pieces.add(Buffer.alloc(40))], []);
  t.is(pieces.rest()?.buffer.byteLength, 100);
  t.is(pieces.rest(), undefined);
});
