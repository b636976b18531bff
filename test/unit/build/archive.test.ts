import test from "ava";
import { unzipSync } from "fflate";
import { archive } from "../../../lambda/build/archive.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const entries = [
  ["index.mjs", utf8("export const handler = 1;\n".repeat(100))],
  ["ä.mjs", utf8("2")],
  ["Z", utf8("")],
  ["a", utf8("3")],
] as const;

interface Header {
  readonly name: string;
  readonly time: number;
  readonly madeBy: number;
  readonly mode: number;
}

/** The central directory's headers (APPNOTE.TXT 4.3.12). */
const headersOf = (zip: Uint8Array): Header[] => {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  const end = zip.length - 22;
  let at = view.getUint32(end + 16, true);
  return Array.from({ length: view.getUint16(end + 10, true) }, () => {
    const [name, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true)) as [
      number,
      number,
      number,
    ];
    const header = {
      name: new TextDecoder().decode(zip.subarray(at + 46, at + 46 + name)),
      time: view.getUint32(at + 12, true),
      madeBy: zip[at + 5] ?? -1,
      mode: view.getUint32(at + 38, true) >>> 16,
    };
    at += 46 + name + extra + comment;
    return header;
  });
};

test("whatever order the files come in, the zip is the same, and has them by name", (t) => {
  const zip = archive(new Map(entries));
  t.deepEqual(archive(new Map(entries.toReversed())), zip);
  t.deepEqual(
    headersOf(zip).map(({ name }) => name),
    ["Z", "a", "index.mjs", "ä.mjs"],
  );
});

test("what goes in comes out", (t) => {
  t.deepEqual(unzipSync(archive(new Map(entries))), Object.fromEntries(entries));
});

test("every file is readable for all, as Lambda needs, and of one time", (t) => {
  for (const { mode, madeBy, time } of headersOf(archive(new Map(entries)))) {
    t.is(mode, 0o100644);
    t.is(madeBy, 3);
    t.is(time, (((0 << 9) | (1 << 5) | 2) << 16) | (12 << 11));
  }
});
