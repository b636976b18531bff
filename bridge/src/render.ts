/** Answers as tables. */

import type { Answer } from "./answer.ts";
import type { ActionName } from "./arguments.ts";
import { bytes, type Colour, duration, type Paint, safe, table } from "./table.ts";

type Row = Readonly<Record<string, unknown>>;

const rowsOf = (value: unknown): Row[] => (Array.isArray(value) ? (value as Row[]) : []);
const text = (value: unknown): string =>
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

const word = (value: unknown, paint: Paint): string => {
  const plain = text(value);
  const colour = colours[plain];
  return colour === undefined ? plain : paint(colour, plain);
};

const check = (answer: Answer, paint: Paint): string =>
  rowsOf(answer["streams"])
    .map((stream) =>
      [
        paint("bold", `${text(stream["stream"])} (${text(stream["partner"])})`),
        table(
          ["step", "verdict", "ms", "detail"],
          rowsOf(stream["steps"]).map((step) => [
            text(step["step"]),
            word(step["verdict"], paint),
            text(step["ms"]),
            text(step["detail"]),
          ]),
          paint,
        ),
      ].join("\n"),
    )
    .join("\n\n");

const list = (answer: Answer, paint: Paint): string => {
  const rows = rowsOf(answer["files"]);
  if (rows.length === 0) return `No files at the source of ${text(answer["stream"])}.`;
  const shown = table(
    ["", "path", "size", "modified", "journal", "would", "why"],
    rows.map((file) => [
      text(file["direction"]),
      text(file["path"]),
      bytes(file["size"]),
      text(file["modified"]),
      word(file["state"], paint),
      word(file["would"], paint),
      text(file["why"]),
    ]),
    paint,
  );
  return `${shown}\n\n${rows.length} files, of which ${text(answer["would_move"])} would be moved.`;
};

const outcome = (answer: Answer, paint: Paint): string => {
  const rows = rowsOf(answer["files"]);
  const head = rows.some((file) => "stream" in file) ? ["stream"] : [];
  const files = table(
    [...head, "path", "result", "why"],
    rows.map((file) => [
      ...head.map((name) => text(file[name])),
      text(file["path"]),
      word(file["result"], paint),
      text(file["why"]),
    ]),
    paint,
  );
  const counts = ["looked_at", "missing", "waiting", "failed", "delivered", "left_alone", "queued", "redriven"]
    .filter((name) => typeof answer[name] === "number")
    .map((name) => `${name.replaceAll("_", " ")} ${answer[name]}`);
  const messages = answer["messages"] as Row | undefined;
  const told = messages
    ? [
        `messages taken in ${text(messages["taken_in"])}, left ${text(messages["left"])}`,
        ...rowsOf(messages["problems"]).map((one) => text(one)),
      ]
    : [];
  return [files, counts.join(" · "), ...told].filter((part) => part !== "").join("\n") || "Nothing to do.";
};

const history = (answer: Answer, paint: Paint): string => {
  const files = rowsOf(answer["files"]);
  if (files.length === 0) return `The journal knows no such file of ${text(answer["stream"])}.`;
  return files
    .map((file) =>
      [
        `${paint("bold", text(file["path"]))} (${text(file["direction"])}): ${word(file["state"], paint)}, known at ${text(file["known_at"])}`,
        ...(file["last_error"] ? [paint("red", `last error: ${text(file["last_error"])}`)] : []),
        table(
          ["delivered at", "bytes", "SHA-256", "attempt", "took", "to"],
          rowsOf(file["deliveries"]).map((one) => [
            text(one["at"]),
            text(one["bytes"]),
            text(one["sha256"]),
            text(one["attempt"]),
            `${text(one["duration_ms"])} ms`,
            text(one["destination"]),
          ]),
          paint,
        ) || "not delivered yet",
      ].join("\n"),
    )
    .join("\n\n");
};

const day = (watched: Row | undefined, stream: unknown, direction: "push" | "pull"): string => {
  const found = rowsOf(watched?.["last_24_hours"]).find((one) => one["stream"] === stream);
  return text(found?.[direction]);
};

/** Red alarms, the longest first; or why they aren't known. */
const alarms = (watched: Row | undefined, paint: Paint): string[] => {
  if (watched === undefined) return [];
  if (watched["unknown"] !== undefined)
    return [`Alarms and counts of CloudWatch aren't known: ${text(watched["unknown"])}`];
  return rowsOf(watched["alarms"])
    .toSorted((one, other) => (text(one["since"]) < text(other["since"]) ? -1 : 1))
    .map((one) => paint("red", `alarm ${text(one["alarm"])} since ${text(one["since"])}`));
};

const status = (answer: Answer, paint: Paint): string => {
  const streams = rowsOf(answer["streams"]);
  const watched = answer["cloudwatch"] as Row | undefined;
  const rows = streams.flatMap((stream) =>
    (["push", "pull"] as const).flatMap((direction) => {
      const side = stream[direction] as Row | undefined;
      if (!side) return [];
      return [
        [
          text(stream["stream"]),
          direction,
          word(stream["state"], paint),
          text(side["backlog"]),
          text(side["failed"]),
          duration(side["oldest_seconds"]),
          day(watched, stream["stream"], direction),
          text(side["last_transfer"]),
          direction === "pull" ? text(stream["last_poll"]) : "-",
        ],
      ];
    }),
  );
  const errors = streams.flatMap((stream) =>
    ["last_error", "last_poll_error"].flatMap((name) =>
      stream[name]
        ? [
            `${text(stream["stream"])}: ${text(stream[name])}${stream["next_attempt"] && name === "last_error" ? ` (asked again at ${text(stream["next_attempt"])})` : ""}`,
          ]
        : [],
    ),
  );
  const head = ["stream", "", "state", "backlog", "failed", "oldest", "24 h", "last transfer", "last poll"];
  return [table(head, rows, paint), ...errors.map((error) => paint("red", error)), ...alarms(watched, paint)].join(
    "\n",
  );
};

const renderers: Record<ActionName, (answer: Answer, paint: Paint) => string> = {
  check,
  list,
  "dry-run": list,
  replay: outcome,
  redrive: outcome,
  reconcile: outcome,
  backfill: outcome,
  history,
  status,
};

export const render = (action: ActionName, answer: Answer, paint: Paint): string => renderers[action](answer, paint);

/** Does the answer tell of something that somebody should look at? */
export const tellsOfProblem = (action: ActionName, answer: Answer): boolean => {
  if (action === "check") return answer["passed"] !== true;
  if (action === "status") return rowsOf(answer["streams"]).some(({ state }) => state !== "ok");
  if (action === "history") return answer["found"] !== true;
  if (action === "list" || action === "dry-run") return false;
  const messages = answer["messages"] as Row | undefined;
  if (typeof messages?.["left"] === "number" && messages["left"] > 0) return true;
  return rowsOf(answer["files"]).some(
    ({ result }) => result === "failed" || result === "gone" || (action === "replay" && result === "missing"),
  );
};
