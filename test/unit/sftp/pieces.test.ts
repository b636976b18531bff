import test from "ava";
import fc from "fast-check";
import { createPieces, joinIn } from "../../../lambda/src/sftp/pieces.ts";

test("whatever the chunks, the pieces have the one size and join to the same bytes", (t) => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), fc.integer({ min: 1, max: 16 }), (chunks, bytes) => {
      const pieces = createPieces(bytes);
      const scratch = Buffer.alloc(bytes);
      const join = (piece: Parameters<typeof joinIn>[1]) => Buffer.from(joinIn(scratch, piece));
      const whole = chunks.flatMap((chunk) => [...pieces.add(chunk)].map(join));
      const last = pieces.rest();
      const rest = last && join(last);
      t.true(whole.every((piece) => piece.length === bytes));
      t.true(rest === undefined || (rest.length > 0 && rest.length < bytes));
      t.deepEqual(Buffer.concat([...whole, ...(rest === undefined ? [] : [rest])]), Buffer.concat(chunks));
    }),
  );
});

test("a chunk that is large enough isn't copied", (t) => {
  const chunk = Buffer.alloc(10);
  const [piece] = createPieces(4).add(chunk);
  t.is(piece && joinIn(Buffer.alloc(0), piece).buffer, chunk.buffer);
});
