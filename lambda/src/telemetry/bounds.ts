/**
 * Bounds of a log line. CloudWatch cuts a line that is longer than one event, 256 KiB with what it adds: its second half is an
 * event of its own that filters match ("Task timed out …", from a file's name), and its first is no JSON any more, so that no
 * filter finds the error in it. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
 */
import { withoutSecrets } from "./redact.ts";

/** Characters of one text; a path has at most 1,024 bytes. */
export const maxText = 4_000;
/** Values in a line, lists and objects among them. */
const maxValues = 2_000;
/** Elements of a list, and fields of an object. */
const maxElements = 100;
const maxDepth = 8;
/** Bytes of a whole line: a quarter of what is allowed. */
export const maxLine = 64 * 1024;

/** The text, cut if it is too long. Secrets go first: half of one isn't found any more. */
export const boundedText = (text: string, most = maxText): string => {
  const clean = withoutSecrets(text);
  return clean.length > most ? `${clean.slice(0, most)}… (${clean.length} characters)` : clean;
};

/** Bytes of a character in JSON at most: as an escape. */
const longestEscape = 6;

/** What a line may still have: values, and bytes for sure. */
interface Left {
  values: number;
  bytes: number;
}

/** Makes fields of an error. */
type Describe = (error: Error) => object;

/** The value, with texts, lists and objects cut where they are too long, and no more than `left.values` values in all. */
const bounded = (value: unknown, describe: Describe, left: Left, depth = 0): unknown => {
  if (typeof value === "string") {
    const text = boundedText(value);
    left.bytes -= longestEscape * text.length + 3; // quotes and a comma
    return text;
  }
  if (typeof value === "bigint") return bounded(value.toString(), describe, left, depth);
  left.bytes -= 64; // a number, or what stands around a list or an object and says how many there were
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  if (depth >= maxDepth || left.values <= 0) return "…";
  const inner = (one: unknown) => {
    left.values--;
    return bounded(one, describe, left, depth + 1);
  };
  if (value instanceof Error) return bounded(describe(value), describe, left, depth);
  if ("toJSON" in value && typeof value.toJSON === "function") return inner(value.toJSON());
  if (Array.isArray(value)) {
    const some = value.slice(0, maxElements).map(inner);
    return value.length > maxElements ? [...some, `… (${value.length} in all)`] : some;
  }
  const fields = Object.entries(value);
  const some = fields.slice(0, maxElements).map(([name, field]) => {
    left.bytes -= longestEscape * Math.min(name.length, 200) + 4;
    return [name.slice(0, 200), inner(field)];
  });
  if (fields.length > maxElements) some.push(["…", `${fields.length} fields in all`]);
  return Object.fromEntries(some);
};

/** Fields that say what a line is about: kept where it is too long as a whole. */
const kept = ["timestamp", "level", "requestId", "event", "stream", "partner", "direction", "kind"];

/** The attributes of a line that is no longer than it may be. */
export const boundedLine = (line: Readonly<Record<string, unknown>>, describe: Describe): Record<string, unknown> => {
  const left = { values: maxValues, bytes: maxLine };
  const all = bounded(line, describe, left) as Record<string, unknown>;
  // Nearly every line: not written as JSON to be counted, and then once more.
  if (left.bytes >= 0) return all;
  const bytes = Buffer.byteLength(JSON.stringify(all) ?? "", "utf8");
  if (bytes <= maxLine) return all;
  const some = Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) =>
      kept.includes(name) ? [[name, typeof value === "string" ? boundedText(value, 300) : value]] : [],
    ),
  );
  const { error } = all;
  return {
    ...some,
    message: boundedText(String(all["message"]), 1_000),
    ...(error !== undefined && {
      error: { message: boundedText(String((error as Error | undefined)?.message), 1_000) },
    }),
    cut: `The line had ${bytes} bytes; the other fields are left out`,
  };
};
