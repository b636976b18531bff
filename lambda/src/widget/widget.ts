/**
 * The view of a custom widget in CloudWatch's dashboard: HTML about streams, their files, and one file. It only looks; who may
 * invoke the alias `read` may see it. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_about.html
 */
import * as v from "valibot";
import type { Direction } from "../config/types.ts";
import type { Invocation } from "../invocation.ts";
import { sliceOf } from "../invocation.ts";
import type { Item } from "../journal/table.ts";
import { history } from "../operator/history.ts";
import { streamNamed } from "../operator/select.ts";
import { type SideStatus, type StreamStatus, status } from "../operator/status.ts";
import { all, el, link, type Markup, table } from "./html.ts";
import { age, bytes, moment } from "./text.ts";

/** Files of one side that a widget shows; there may be 100,000. */
const mostFiles = 100;

const directions = ["push", "pull"] as const;

/** What the dashboard sends: its context, and the widget's parameters or a link's beside it. Others are left alone. */
const request = v.object({
  stream: v.optional(v.string()),
  path: v.optional(v.string()),
  direction: v.optional(v.picklist(directions)),
  widgetContext: v.optional(v.object({ theme: v.optional(v.string()) })),
});

const documentation = `## s3-sftp-bridge
How each stream is doing, its files that wait or failed, and what became of a file. It changes nothing.

### Parameters
\`\`\` yaml
stream: acme      # one stream's files; without it all streams are shown
\`\`\`
`;

/** Red, amber and green that can be read on the console's light and dark ground. */
const colours: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  light: { ok: "#1d8102", paused: "#8d6605", failing: "#d13212", failed: "#d13212" },
  dark: { ok: "#29ad32", paused: "#e07941", failing: "#ff5d64", failed: "#ff5d64" },
};

interface View {
  readonly endpoint: string;
  readonly theme: string;
}

const state = ({ theme }: View, word: string): Markup => {
  const colour = colours[theme === "dark" ? "dark" : "light"]?.[word];
  return el("strong", colour === undefined ? {} : { style: `color: ${colour}` }, word);
};

const sideRow = (view: View, stream: StreamStatus, direction: Direction, side: SideStatus) => [
  link(view.endpoint, stream.stream, { stream: stream.stream }),
  direction,
  state(view, stream.state),
  side.backlog,
  side.failed,
  age(side.oldest_seconds),
  moment(side.last_transfer),
  direction === "pull" ? moment(stream.last_poll) : "–",
];

/** What is wrong with a stream, in sentences. */
const told = (stream: StreamStatus): Markup[] => {
  const lines = [
    stream.last_error === null ? undefined : `Last error: ${stream.last_error}`,
    stream.last_poll_error === null ? undefined : `Last poll: ${stream.last_poll_error}`,
    stream.next_attempt === null ? undefined : `The partner is asked again at ${moment(stream.next_attempt)}.`,
    ...stream.not_pulled.map(({ files, why }) => `${files} listed and not pulled: ${why}`),
  ];
  return lines.flatMap((line) =>
    line === undefined ? [] : [el("p", {}, el("strong", {}, `${stream.stream} (${stream.partner}) `), line)],
  );
};

const overview = async (view: View, invocation: Invocation): Promise<Markup> => {
  const answer = await status(invocation, {});
  const rows = answer.streams.flatMap((stream) =>
    directions.flatMap((direction) => {
      const side = stream[direction];
      return side === undefined ? [] : [sideRow(view, stream, direction, side)];
    }),
  );
  const heads = ["stream", "", "state", "waiting", "failed", "oldest", "last transfer", "last poll"];
  return all(
    table(`Streams at ${moment(answer.at)} UTC`, heads, rows),
    answer.next === undefined
      ? undefined
      : el("p", {}, `There was no time for the streams after ${answer.next}: bridge status shows them.`),
    ...answer.streams.flatMap(told),
  );
};

const text = (value: unknown): string => (typeof value === "string" || typeof value === "number" ? String(value) : "–");

const fileRow = (view: View, stream: string, direction: Direction, item: Item) => {
  const path = text(item["path"]);
  const error = item["last_error"];
  return [
    link(view.endpoint, path, { stream, direction, path }),
    direction,
    state(view, text(item["state"])),
    typeof item["size"] === "number" ? bytes(item["size"]) : "–",
    typeof item["open_since"] === "string" ? moment(item["open_since"]) : "–",
    text(item["attempts"]),
    typeof error === "object" && error !== null && "message" in error ? String(error.message) : "–",
  ];
};

const firstPage = async (pages: AsyncIterable<readonly Item[]>): Promise<readonly Item[]> => {
  for await (const page of pages) if (page.length > 0) return page;
  return [];
};

const files = async (view: View, { deps }: Invocation, name: string): Promise<Markup> => {
  const stream = streamNamed(deps.config, name);
  const rows: ReturnType<typeof fileRow>[] = [];
  let isCut = false;
  for (const direction of directions.filter((one) => stream[one] !== undefined))
    for (const pages of [
      deps.journal.failed(direction, stream.name, mostFiles),
      deps.journal.open(direction, stream.name, mostFiles),
    ]) {
      const page = await firstPage(pages);
      isCut ||= page.length >= mostFiles;
      rows.push(...page.map((item) => fileRow(view, stream.name, direction, item)));
    }
  const heads = ["file", "", "state", "size", "since", "attempts", "last error"];
  return all(
    el("p", {}, link(view.endpoint, "All streams", {})),
    table(`Files of ${stream.name} that wait or failed: ${rows.length}`, heads, rows),
    isCut ? el("p", {}, `Of each kind the ${mostFiles} oldest: bridge list and bridge console show all.`) : undefined,
  );
};

const story = async (view: View, invocation: Invocation, stream: string, path: string, direction?: Direction) => {
  const found = await history(invocation, { stream, path, direction });
  const back = el("p", {}, link(view.endpoint, "All streams", {}), " · ", link(view.endpoint, stream, { stream }));
  if (!found.found) return all(back, el("p", {}, `The journal knows no ${path} of stream ${stream}.`));
  return all(
    back,
    ...found.files.slice(0, mostFiles).flatMap((file) => [
      el("p", {}, el("strong", {}, file.path), ` (${file.direction}, from ${file.source}): `, state(view, file.state)),
      el("p", {}, `Known since ${moment(file.known_at)}, ${file.attempts} attempts. ${file.last_error ?? ""}`),
      table(
        "Deliveries",
        ["at", "to", "size", "SHA-256"],
        file.deliveries.map(({ at, destination, bytes: size, sha256 }) => [
          moment(at),
          destination,
          bytes(size),
          sha256,
        ]),
      ),
    ]),
  );
};

/** What the dashboard's widget shows, as HTML; its documentation, where that is asked for. `endpoint`: the function as it was invoked. */
export const widget = async (invocation: Invocation, event: unknown, endpoint: string): Promise<string> => {
  if (v.is(v.object({ describe: v.literal(true) }), event)) return documentation;
  const { log } = invocation.deps.telemetry;
  try {
    const { stream, path, direction, widgetContext } = v.parse(request, event);
    const view = { endpoint, theme: widgetContext?.theme ?? "light" };
    const slice = sliceOf(invocation);
    if (stream === undefined) return (await overview(view, slice)).html;
    if (path === undefined) return (await files(view, slice, stream)).html;
    return (await story(view, slice, stream, path, direction)).html;
  } catch (error) {
    log.warn("The dashboard's widget couldn't be made", { error });
    return el("p", {}, `This can't be shown: ${error instanceof Error ? error.message : String(error)}`).html;
  }
};
