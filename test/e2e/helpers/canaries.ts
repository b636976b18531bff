// Values that nobody may ever see again, and how they are found whatever was done to them on the way.
import { randomBytes } from "node:crypto";

/** As many characters of a value in a row give it away. */
const telling = 12;

/** A new value that stands nowhere else; `shape` puts it into what it has to look like. */
export function canary(shape: (word: string) => string = (word) => word): string {
  return shape(`Canary${randomBytes(18).toString("base64url").replaceAll(/[-_]/g, "x")}`);
}

/** A text as it would look like in JSON, in an address, in hex, and in base64 wherever it begins. */
function forms(text: string): string[] {
  const bytes = Buffer.from(text);
  return [
    text,
    JSON.stringify(text).slice(1, -1),
    encodeURIComponent(text),
    bytes.toString("hex"),
    // Three offsets, and neither the first nor the last group, which depend on what stands beside.
    ...[0, 1, 2].map((offset) =>
      Buffer.concat([Buffer.alloc(offset), bytes])
        .toString("base64")
        .slice(4, -4)
        .replace(/=+$/, ""),
    ),
  ];
}

/** All that a value could be told by: each run of characters of each form. */
function tracesOf(value: string): Set<string> {
  const traces = new Set<string>();
  for (const line of value.split("\n"))
    for (const form of line.startsWith("-----") ? [] : forms(line))
      for (let start = 0; start + telling <= form.length; start++) traces.add(form.slice(start, start + telling));
  return traces;
}

/** Which of the values show in which of the texts, with what stands around: `name in place: …`. */
export function leaks(values: Readonly<Record<string, string>>, texts: Readonly<Record<string, string>>): string[] {
  const found: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    const traces = tracesOf(value);
    for (const [place, text] of Object.entries(texts)) {
      const at = firstTrace(traces, text);
      if (at >= 0) found.push(`${name} in ${place}: …${text.slice(Math.max(0, at - 200), at + 100)}…`);
    }
  }
  return found;
}

function firstTrace(traces: ReadonlySet<string>, text: string): number {
  for (let at = 0; at + telling <= text.length; at++) if (traces.has(text.slice(at, at + telling))) return at;
  return -1;
}
