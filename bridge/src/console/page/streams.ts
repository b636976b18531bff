/** The first view: how each stream is doing. */
import type { SideStatus, StatusAnswer, StreamStatus } from "../../../../lambda/src/operator/status.ts";
import { age, moment } from "../../../../lambda/src/widget/text.ts";
import type { Watched } from "../../cloudwatch.ts";
import { actionButton } from "./actions.ts";
import { get } from "./ask.ts";
import { button, byId, el, table, theirs } from "./dom.ts";

export type Streams = StatusAnswer & { readonly function: string; readonly cloudwatch: Watched };

const colour = { ok: "good", paused: "warn", failing: "bad" } as const;

const number = (value: number | string): HTMLTableCellElement => el("td", { class: "number" }, String(value));

const row = (stream: StreamStatus, direction: "push" | "pull", side: SideStatus, watched: Watched) => {
  const day = "unknown" in watched ? undefined : watched.last_24_hours.find((one) => one.stream === stream.stream);
  return [
    theirs(stream.stream),
    direction,
    el("strong", { class: colour[stream.state] }, stream.state),
    number(side.backlog),
    number(side.failed),
    el("td", { class: "number" }, age(side.oldest_seconds)),
    number(day?.[direction] ?? "–"),
    moment(side.last_transfer),
    direction === "pull" ? moment(stream.last_poll) : "–",
  ];
};

const card = (stream: StreamStatus, refresh: () => void): HTMLElement => {
  const result = el("div", { "aria-live": "polite" });
  const request = { stream: stream.stream };
  const told = [
    stream.last_error && el("p", { class: "bad" }, "Last error: ", theirs(stream.last_error)),
    stream.last_poll_error && el("p", { class: "bad" }, "Last poll: ", theirs(stream.last_poll_error)),
    stream.next_attempt && el("p", { class: "warn" }, `The partner is asked again at ${moment(stream.next_attempt)}.`),
    ...(["push", "pull"] as const).map((direction) => {
      const window = stream[direction]?.window;
      if (!window) return null;
      const { open, until, time_zone } = window;
      const change = until === null ? "" : `; it ${open ? "closes" : "opens"} ${moment(until)}`;
      return el(
        "p",
        {},
        `The window of the ${direction} is ${open ? "open" : "closed"}${change} (`,
        theirs(time_zone),
        ").",
      );
    }),
    ...(["push", "pull"] as const).map((direction) => {
      const held = stream[direction]?.held;
      if (!held) return null;
      return el(
        "p",
        { class: "warn" },
        `${held.files} held by the gate, the first of them `,
        theirs(held.path),
        ": ",
        theirs(held.why),
      );
    }),
    ...(["push", "pull"] as const).map((direction) => {
      const sequence = stream[direction]?.sequence;
      if (!sequence) return null;
      const { awaits, since, path, waiting, first_path } = sequence;
      return el(
        "p",
        path === null && waiting > 0 ? { class: "warn" } : {},
        `The ${direction} awaits number ${awaits} since ${moment(since)}`,
        path === null ? null : el("span", {}, " (", theirs(path), ")"),
        first_path === null
          ? "."
          : el("span", {}, `; ${waiting} behind it, the first of them `, theirs(first_path), "."),
      );
    }),
    ...(stream.not_pulled ?? []).map(({ files, why, oldest_path, since }) =>
      el(
        "p",
        { class: "warn" },
        `${files} listed and not pulled: `,
        theirs(why),
        oldest_path ? el("span", {}, "; ", theirs(oldest_path), ` since ${moment(since)}`) : null,
      ),
    ),
  ];
  return el(
    "section",
    { class: "card", "aria-label": `Stream ${stream.stream}` },
    el("h2", {}, theirs(stream.stream), " ", el("span", { class: "quiet" }, theirs(stream.partner))),
    ...told,
    el(
      "div",
      { class: "buttons" },
      actionButton("check", request, result, refresh),
      ...(stream.push ? [actionButton("dry-run", { ...request, direction: "push" }, result, refresh)] : []),
      ...(stream.pull ? [actionButton("dry-run", { ...request, direction: "pull" }, result, refresh)] : []),
      actionButton("redrive", request, result, refresh),
      ...(stream.pull ? [actionButton("poll", request, result, refresh)] : []),
    ),
    result,
  );
};

/** Shows the view in `main`. Throws where the bridge can't be asked. */
export const showStreams = async (main: HTMLElement): Promise<void> => {
  const answer = await get<Streams>("streams");
  const { streams, cloudwatch: watched } = answer;
  byId("function", HTMLSpanElement).replaceChildren(theirs(answer.function));
  const alarms =
    "unknown" in watched
      ? [el("p", { class: "quiet" }, "Alarms and counts of CloudWatch aren't known: ", theirs(watched.unknown))]
      : watched.alarms.map(({ alarm, since, description }) =>
          el(
            "p",
            { class: "bad" },
            el("strong", {}, "Alarm ", theirs(alarm)),
            ` since ${moment(since)}: `,
            theirs(description),
          ),
        );
  const summary = el("div");
  const refresh = async () => {
    const fresh = await get<Streams>("streams");
    summary.replaceChildren(overview(fresh));
  };
  summary.append(overview(answer));
  main.replaceChildren(
    el(
      "div",
      { class: "buttons" },
      button("Refresh", () => void showStreams(main)),
    ),
    ...alarms,
    summary,
    ...streams.map((stream) => card(stream, () => void refresh())),
  );
};

const overview = ({ at, streams, cloudwatch }: Streams) =>
  table(
    `${streams.length === 1 ? "1 stream" : `${streams.length} streams`} at ${moment(at)} UTC`,
    ["stream", "", "state", "waiting", "failed", "oldest", "24 h", "last transfer", "last poll"],
    streams.flatMap((stream) =>
      (["push", "pull"] as const).flatMap((direction) => {
        const side = stream[direction];
        return side ? [row(stream, direction, side, cloudwatch)] : [];
      }),
    ),
  );
