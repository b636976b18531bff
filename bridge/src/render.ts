/** Answers as tables. */

import type { Done } from "../../lambda/src/operator/actions.ts";
import type { SideStatus, StreamStatus } from "../../lambda/src/operator/status.ts";
import type { TraitShown } from "../../lambda/src/operator/traits.ts";
import type { Watched } from "./cloudwatch.ts";
import { bytes, type Colour, duration, type Paint, safe, table } from "./table.ts";

const text = (value: string | number | null | undefined): string =>
  value === null || value === undefined || value === "" ? "-" : safe(String(value));

const colours: Readonly<Record<string, Colour>> = {
  ok: "green",
  delivered: "green",
  move: "green",
  failed: "red",
  failing: "red",
  missing: "yellow",
  paused: "yellow",
  queued: "yellow",
  waiting: "yellow",
};

const word = (value: string | undefined, paint: Paint): string => {
  const plain = text(value);
  const colour = colours[plain];
  return colour === undefined ? plain : paint(colour, plain);
};

/** What is known of a stream's server, a line each. Older functions don't tell. */
const traitsOf = ({ server = [] }: { readonly server?: readonly TraitShown[] }): string[] =>
  server.map(
    ({ trait, value, meaning, since, why }) =>
      `server: ${text(trait)} = ${text(String(value))} (${text(meaning)})${since === null ? "" : `, seen ${text(since)}`}: ${text(why)}`,
  );

const forgotten = ({ partner, forgotten }: Done<"forget-traits">): string =>
  forgotten.length === 0
    ? `Nothing was known of ${text(partner)}.`
    : `Forgotten of ${text(partner)}: ${forgotten.map(text).join(", ")}.`;

const check = ({ streams }: Done<"check">, paint: Paint): string =>
  streams
    .map(({ stream, partner, steps, server }) =>
      [
        paint("bold", `${text(stream)} (${text(partner)})`),
        table(
          ["step", "verdict", "ms", "detail"],
          steps.map(({ step, verdict, ms, detail }) => [text(step), word(verdict, paint), text(ms), text(detail)]),
          paint,
        ),
        ...traitsOf({ server }),
      ].join("\n"),
    )
    .join("\n\n");

const list = ({ stream, files, would_move }: Done<"list" | "dry-run">, paint: Paint): string => {
  if (files.length === 0) return `No files at the source of ${text(stream)}.`;
  const shown = table(
    ["", "path", "size", "modified", "journal", "would", "why"],
    files.map((file) => [
      text(file.direction),
      text(file.path),
      bytes(file.size),
      text(file.modified),
      word(file.state, paint),
      word(file.would, paint),
      text(file.why),
    ]),
    paint,
  );
  return `${shown}\n\n${files.length} files, of which ${would_move} would be moved.`;
};

type Moving = Done<"replay" | "fetch" | "send" | "skip" | "redrive" | "reconcile" | "backfill">;

const counted = [
  "looked_at",
  "missing",
  "waiting",
  "failed",
  "delivered",
  "left_alone",
  "queued",
  "redriven",
  "skipped",
];

const outcome = (answer: Moving, paint: Paint): string => {
  const rows = answer.files.map((file) => ({ stream: "stream" in file ? file.stream : undefined, ...file }));
  const named = rows.some(({ stream }) => stream !== undefined);
  const files = table(
    [...(named ? ["stream"] : []), "path", "result", "why"],
    rows.map(({ stream, path, result, why }) => [
      ...(named ? [text(stream)] : []),
      text(path),
      word(result, paint),
      text(why),
    ]),
    paint,
  );
  const counts = Object.entries(answer)
    .filter(([name, value]) => counted.includes(name) && typeof value === "number")
    .sort(([one], [other]) => counted.indexOf(one) - counted.indexOf(other))
    .map(([name, value]) => `${name.replaceAll("_", " ")} ${value}`);
  const messages = "messages" in answer ? answer.messages : undefined;
  const taken = messages
    ? [`messages taken in ${messages.taken_in}, left ${messages.left}`, ...messages.problems.map(text)]
    : [];
  return [files, counts.join(" · "), ...taken].filter((part) => part !== "").join("\n") || "Nothing to do.";
};

const history = ({ stream, files }: Done<"history">, paint: Paint): string => {
  if (files.length === 0) return `The journal knows no such file of ${text(stream)}.`;
  return files
    .map((file) =>
      [
        `${paint("bold", text(file.path))} (${text(file.direction)}): ${word(file.state, paint)}, known at ${text(file.known_at)}`,
        ...(file.last_error ? [paint("red", `last error: ${text(file.last_error)}`)] : []),
        table(
          ["delivered at", "bytes", "SHA-256", "attempt", "took", "to"],
          file.deliveries.map((one) => [
            text(one.at),
            text(one.bytes),
            text(one.sha256),
            text(one.attempt),
            `${text(one.duration_ms)} ms`,
            text(one.destination) + (one.files === undefined ? "" : ` (${one.files} files)`),
          ]),
          paint,
        ) || "not delivered yet",
      ].join("\n"),
    )
    .join("\n\n");
};

/** Files of the last day, as CloudWatch counts them; "-" where it isn't known. */
const day = (watched: Watched | undefined, stream: string, direction: "push" | "pull"): string =>
  watched === undefined || "unknown" in watched
    ? "-"
    : text(watched.last_24_hours.find((one) => one.stream === stream)?.[direction]);

/** Red alarms, the longest first; or why they aren't known. */
const alarms = (watched: Watched | undefined, paint: Paint): string[] => {
  if (watched === undefined) return [];
  if ("unknown" in watched) return [`Alarms and counts of CloudWatch aren't known: ${text(watched.unknown)}`];
  return watched.alarms
    .toSorted((one, other) => (text(one.since) < text(other.since) ? -1 : 1))
    .map(({ alarm, since }) => paint("red", `alarm ${text(alarm)} since ${text(since)}`));
};

const sideRow = (stream: StreamStatus, direction: "push" | "pull", side: SideStatus, watched: Watched | undefined) => [
  text(side.backlog),
  text(side.failed),
  duration(side.oldest_seconds),
  day(watched, stream.stream, direction),
  text(side.last_transfer),
  direction === "pull" ? text(stream.last_poll) : "-",
];

const errorsOf = ({ stream, last_error, last_poll_error, next_attempt }: StreamStatus): string[] => [
  ...(last_error
    ? [`${text(stream)}: ${text(last_error)}${next_attempt ? ` (asked again at ${text(next_attempt)})` : ""}`]
    : []),
  ...(last_poll_error ? [`${text(stream)}: ${text(last_poll_error)}`] : []),
];

/** Older functions don't tell. */
const leftOf = ({ stream, not_pulled = [] }: Partial<StreamStatus>): string[] =>
  not_pulled.map(({ reason, files, why, oldest_path, since }) => {
    const oldest = oldest_path === null ? "" : `; ${text(oldest_path)} since ${text(since)}`;
    return `${text(stream)}: ${text(files)} listed and not pulled, ${text(reason)}: ${text(why)}${oldest}`;
  });

/** Sides with windows: whether they may connect, and until when. */
const windowsOf = (stream: StreamStatus): string[] =>
  (["push", "pull"] as const).flatMap((direction) => {
    const window = stream[direction]?.window;
    if (window === undefined) return [];
    const { open, until, time_zone } = window;
    const when =
      until === null
        ? `, and doesn't ${open ? "close" : "open"} within 400 days`
        : `; ${open ? "closes" : "opens"} ${text(until)}`;
    return [`${text(stream.stream)}: ${direction} window ${open ? "open" : "closed"}${when} (${text(time_zone)})`];
  });

/** Files that a gate holds, with why the first of them isn't sent. */
const heldOf = (stream: StreamStatus): string[] =>
  (["push", "pull"] as const).flatMap((direction) => {
    const held = stream[direction]?.held;
    if (held === undefined) return [];
    return [
      `${text(stream.stream)}: ${text(held.files)} held by the gate, the first of them ${text(held.path)}: ${text(held.why)}`,
    ];
  });

/** Sides with running numbers: which one is awaited, and what to type where it won't come. */
const numbersOf = (stream: StreamStatus): string[] =>
  (["push", "pull"] as const).flatMap((direction) => {
    const sequence = stream[direction]?.sequence;
    if (sequence === undefined) return [];
    const { awaits, since, path, waiting, first_path } = sequence;
    const name = text(stream.stream);
    const behind = waiting === 0 ? "" : `; ${text(waiting)} behind it, the first of them ${text(first_path)}`;
    const remedy =
      path === null && waiting > 0
        ? `. If it won't come: bridge skip --stream ${name} --direction ${direction} --number ${text(awaits)}`
        : "";
    return [
      `${name}: ${direction} awaits number ${text(awaits)} since ${text(since)}${path === null ? "" : ` (${text(path)})`}${behind}${remedy}`,
    ];
  });

const status = ({ streams }: Done<"status">, watched: Watched | undefined, paint: Paint): string => {
  const rows = streams.flatMap((stream) =>
    (["push", "pull"] as const).flatMap((direction) => {
      const side = stream[direction];
      if (!side) return [];
      return [
        [text(stream.stream), direction, word(stream.state, paint), ...sideRow(stream, direction, side, watched)],
      ];
    }),
  );
  const head = ["stream", "", "state", "backlog", "failed", "oldest", "24 h", "last transfer", "last poll"];
  return [
    table(head, rows, paint),
    ...streams.flatMap(errorsOf).map((error) => paint("red", error)),
    ...streams.flatMap(windowsOf),
    ...streams.flatMap(heldOf),
    ...streams.flatMap(numbersOf),
    ...streams.flatMap(leftOf),
    ...streams.flatMap((stream) => traitsOf(stream).map((line) => `${text(stream.stream)}: ${line}`)),
    ...alarms(watched, paint),
  ].join("\n");
};

/** The answer for people; `watched` is what CloudWatch says beside a status. */
export const render = (answer: Done, watched: Watched | undefined, paint: Paint): string => {
  switch (answer.action) {
    case "check":
      return check(answer, paint);
    case "list":
    case "dry-run":
      return list(answer, paint);
    case "history":
      return history(answer, paint);
    case "forget-traits":
      return forgotten(answer);
    case "status":
      return status(answer, watched, paint);
    case "rotate-key":
      return answer.tries.map(({ partner, detail }) => `${text(partner)}: ${text(detail)}`).join("\n");
    default:
      return outcome(answer, paint);
  }
};

/** Does the answer show something that somebody should look at? */
export const hasProblem = (answer: Done): boolean => {
  switch (answer.action) {
    case "check":
      return !answer.passed;
    case "status":
      return answer.streams.some(({ state }) => state !== "ok");
    case "rotate-key":
      return !answer.passed;
    case "history":
      return !answer.found;
    case "forget-traits":
    case "list":
    case "dry-run":
      return false;
    default:
      return (
        ("messages" in answer && (answer.messages?.left ?? 0) > 0) ||
        answer.files.some(
          ({ result }) =>
            result === "failed" ||
            result === "gone" ||
            (["replay", "fetch", "send", "skip"].includes(answer.action) && result === "missing"),
        )
      );
  }
};
