import test from "ava";
import fc from "fast-check";
import { visible } from "../../../lambda/src/widget/visible.ts";

const shown = (text: string) =>
  visible(text)
    .map(({ text: piece, hidden }) => (hidden ? `[${piece}]` : piece))
    .join("");

test("what is seen stays, what isn't is shown as its code, in its place", (t) => {
  t.is(shown("März 1/報告.csv 😀"), "März 1/報告.csv 😀");
  t.is(shown("invoice\u202efdp.exe"), "invoice[U+202E]fdp.exe");
  t.is(shown("a\u0000b\nc\u200bd\u2066e\ufeff"), "a[U+0000]b[U+000A]c[U+200B]d[U+2066]e[U+FEFF]");
  t.is(shown("\ud800x\u{e0041}"), "[U+D800]x[U+E0041]");
  t.is(shown(""), "");
});

/** Not `fc.string({ unit: "binary" })`, which makes a table of all characters: seconds. Surrogates by themselves are among these. */
const character = fc
  .oneof(fc.integer({ min: 0, max: 0x2fff }), fc.integer({ min: 0, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));

test("nothing that obeys or hides is left in any text, and no two texts look alike by it", (t) => {
  fc.assert(
    fc.property(fc.array(character), (characters) => {
      const text = characters.join("");
      const pieces = visible(text);
      t.notRegex(pieces.map((piece) => piece.text).join(""), /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
      const back = pieces.map((piece) =>
        piece.hidden ? String.fromCodePoint(Number.parseInt(piece.text.slice(2), 16)) : piece.text,
      );
      t.is(back.join(""), text);
    }),
  );
});
