import test from "ava";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";
import { protect } from "../../../lambda/src/telemetry/redact.ts";
import { createTelemetry } from "../../../lambda/src/telemetry/telemetry.ts";
import type { Telemetry } from "../../../lambda/src/telemetry/types.ts";
import { linesOf } from "./capture.ts";

/** What a CloudWatch event may have, with the 26 bytes that it adds. */
const maxEvent = 256 * 1024 - 26;

const lines = (write: (telemetry: Telemetry) => void): string[] =>
  linesOf(() => {
    const telemetry = createTelemetry({ namespace: "n" });
    telemetry.beginInvocation({ awsRequestId: "3f6c" });
    write(telemetry);
  });

/** Texts of which JSON makes six bytes a character, three of a file system's, and words that filters look for. */
const nasty = [
  "\u0001".repeat(60_000),
  "☃".repeat(200_000),
  `${"x".repeat(262_144)}Task timed out after 900.00 seconds`,
];
const circular: Record<string, unknown> = {};
for (let at = 0; at < 50; at++) circular[`f${at}`] = circular;

const deep = (levels: number): unknown => (levels === 0 ? "x".repeat(5_000) : [deep(levels - 1), deep(levels - 1)]);
const values: Record<string, unknown> = {
  "a long field": { path: nasty[0] },
  "many long fields": Object.fromEntries(Array.from({ length: 90 }, (_, at) => [`f${at}`, nasty[at % 3]])),
  "many fields": Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`f${at}`, at])),
  "long names of fields": { [nasty[2] ?? ""]: 1 },
  "a long list": { streams: Array.from({ length: 20_000 }, (_, at) => `stream ${at}`) },
  "lists of lists": { list: deep(16) },
  "an object in itself": { circular },
  "an error with long words": { error: new Error(nasty[0]) },
  "an error with a long name": { error: Object.assign(new Error("x"), { name: nasty[2] }) },
  "an error of a partner": { error: new RemoteError("failure", nasty[2] ?? "", { path: nasty[1] as string }) },
  "causes of causes": {
    error: nasty.reduce((cause: Error | undefined, text) => new Error(text, { cause }), undefined),
  },
  "many errors": { error: new AggregateError(Array.from({ length: 1_000 }, () => new Error(nasty[0]))) },
  "a number without end": { size: 2n ** 70n },
};
for (const [what, fields] of Object.entries(values))
  test(`${what}: one line of JSON, shorter than an event, that the filter for errors finds`, (t) => {
    const written = lines(({ log }) =>
      log.error(`Something failed: ${nasty[2]}`, { stream: "acme", ...(fields as object) }),
    );
    t.is(written.length, 1);
    t.true(Buffer.byteLength(written[0] ?? "") < maxEvent / 2, `${Buffer.byteLength(written[0] ?? "")} bytes`);
    const line = JSON.parse(written[0] ?? "");
    t.like(line, { event: "error", stream: "acme", level: "ERROR", requestId: "3f6c" });
    t.regex(line.message, /^Something failed/);
    t.notRegex(written[0] ?? "", /Task timed out/);
  });

test("a secret at the cut isn't written in part", (t) => {
  protect("hunter2-hunter2-hunter2");
  for (let at = 3_980; at <= 4_000; at++) {
    const [line = ""] = lines(({ log }) => log.warn("x", { path: `${"y".repeat(at)}hunter2-hunter2-hunter2` }));
    t.notRegex(line, /hunt/);
  }
});

test("what is short is as it was", (t) => {
  const [line = ""] = lines(({ log }) => log.info("Moved", { path: "a/b", bytes: 3, list: ["a"], in: { b: true } }));
  t.like(JSON.parse(line), { message: "Moved", path: "a/b", bytes: 3, list: ["a"], in: { b: true } });
});
