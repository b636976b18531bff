/** Files by stream, state, time and name, from the journal; and one file's story. */
import type { Answer } from "../../../../lambda/src/operator/actions.ts";
import { bytes, moment } from "../../../../lambda/src/widget/text.ts";
import type { FileRow, Page } from "../journal.ts";
import { actionButton } from "./actions.ts";
import { act, get } from "./ask.ts";
import { button, el, say, table, theirs } from "./dom.ts";
import type { Streams } from "./streams.ts";

type Files = { read_at: null } | ({ read_at: string; scope: string; entries: number; truncated: boolean } & Page);

const states = ["pending", "active", "failed", "delivered", "gone", "skipped"];
const colour: Readonly<Record<string, string>> = { delivered: "good", failed: "bad", pending: "warn", active: "warn" };

const select = (name: string, options: readonly (readonly [string, string])[]) =>
  el("select", { name }, ...options.map(([value, label]) => el("option", { value }, label)));

const read = async (scope: "open" | "all", then: () => Promise<void>): Promise<void> => {
  say("Reading the journal …");
  try {
    await act({ action: "read", scope }, (entries) => say(`Reading the journal: ${entries} entries so far …`));
    await then();
  } catch (error) {
    say((error as Error).message, true);
  }
};

/** Shows the view in `main`. */
export const showFiles = async (main: HTMLElement): Promise<void> => {
  const { streams } = await get<Streams>("streams");
  const results = el("div");
  const form = el(
    "form",
    { class: "filter", "aria-label": "Which files" },
    el(
      "label",
      {},
      "stream",
      select("stream", [["", "all"], ...streams.map(({ stream }): [string, string] => [stream, stream])]),
    ),
    el(
      "label",
      {},
      "state",
      select("state", [["", "all"], ...states.map((state): [string, string] => [state, state])]),
    ),
    el(
      "label",
      {},
      "part of the name",
      el("input", { name: "name", type: "search", autocomplete: "off", spellcheck: "false" }),
    ),
    el("label", {}, "from (UTC)", el("input", { name: "since", type: "datetime-local" })),
    el("label", {}, "before (UTC)", el("input", { name: "until", type: "datetime-local" })),
    el(
      "label",
      {},
      "order",
      select("sort", [
        ["time", "newest first"],
        ["name", "by name"],
      ]),
    ),
    el("button", { type: "submit", class: "go" }, "Show"),
  );
  const show = async (page: number): Promise<void> => {
    const query = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
    const files = await get<Files>("files", { ...query, page: String(page) });
    if (files.read_at === null) return;
    results.replaceChildren(...pageOf(files, main, show));
    say(`${files.total} files, page ${files.page} of ${files.pages}.`);
  };
  const shown = (page: number) => show(page).catch((error: Error) => say(error.message, true));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void shown(1);
  });
  main.replaceChildren(
    el(
      "p",
      { class: "buttons" },
      button("Read what waits or failed", () => void read("open", () => show(1))),
      button("Read the whole journal", () => void read("all", () => show(1))),
    ),
    el(
      "p",
      { class: "quiet" },
      "The whole journal is one read unit for each 8 KiB: about a cent for 700,000 entries. What was read is kept until you read anew.",
    ),
    form,
    results,
  );
  await shown(1);
  if (results.childElementCount === 0) await read("open", () => show(1));
};

const pageOf = (files: Exclude<Files, { read_at: null }>, main: HTMLElement, show: (page: number) => Promise<void>) => {
  const { rows, total, page, pages, read_at: at, entries, scope, truncated } = files;
  const turn = (label: string, to: number) =>
    button(label, () => void show(to), to < 1 || to > pages || to === page ? { disabled: "" } : {});
  const what = scope === "all" ? "all entries" : "what waits or failed";
  return [
    ...(truncated ? [el("p", { class: "warn" }, `Only the first ${entries} entries were read.`)] : []),
    table(
      `${total} of ${entries} files (${what}, read at ${moment(at)} UTC), page ${page} of ${pages}`,
      ["stream", "", "file", "state", "time (UTC)", "size", "attempts", "last error"],
      rows.map((row) => [
        theirs(row.stream),
        row.direction,
        el("td", { class: "name" }, storyButton(row, main)),
        el("span", { class: colour[row.state] ?? "quiet" }, row.state),
        moment(row.time),
        el("td", { class: "number" }, bytes(row.size)),
        el("td", { class: "number" }, String(row.attempts)),
        row.error ? el("span", { class: "bad" }, theirs(row.error)) : "",
      ]),
    ),
    el(
      "div",
      { class: "buttons" },
      turn("First", 1),
      turn("Previous", page - 1),
      turn("Next", page + 1),
      turn("Last", pages),
    ),
  ];
};

const storyButton = (row: FileRow, main: HTMLElement) => {
  const made = button("", () => void showStory(row, main).catch((error: Error) => say(error.message, true)), {
    class: "story",
  });
  made.append(theirs(row.path));
  return made;
};

const showStory = async ({ stream, direction, path }: FileRow, main: HTMLElement): Promise<void> => {
  const answer = await get<Answer<"history">>("history", { stream, direction, path });
  const result = el("div", { "aria-live": "polite" });
  const again = () => void showStory({ stream, direction, path } as FileRow, main);
  const request = { stream, direction, path };
  const parts = !answer.ok
    ? [el("p", { class: "bad" }, theirs(answer.error.message))]
    : answer.files.length === 0
      ? [el("p", {}, "The journal doesn't know this file any more.")]
      : answer.files.flatMap((file) => {
          const to = file.deliveries.at(-1)?.destination;
          return [
            el(
              "p",
              {},
              "State ",
              el("strong", { class: colour[file.state] ?? "" }, file.state),
              `, known at ${moment(file.known_at)} UTC, ${file.attempts === 1 ? "1 attempt" : `${file.attempts} attempts`}.`,
            ),
            el("p", {}, "Source: ", theirs(file.source)),
            el("p", {}, "Delivered to: ", to === undefined ? "nothing yet" : theirs(to)),
            ...(file.last_error ? [el("p", { class: "bad" }, "Last error: ", theirs(file.last_error))] : []),
            table(
              file.deliveries.length === 1 ? "1 delivery" : `${file.deliveries.length} deliveries, the newest last`,
              ["at (UTC)", "size", "SHA-256", "attempt", "took", "to"],
              file.deliveries.map((one) => [
                moment(one.at),
                el("td", { class: "number" }, bytes(one.bytes)),
                el("span", { class: "sha" }, one.sha256),
                String(one.attempt),
                `${one.duration_ms} ms`,
                one.files === undefined
                  ? theirs(one.destination)
                  : el("span", {}, theirs(one.destination), ` (${one.files} files)`),
              ]),
            ),
          ];
        });
  const heading = el(
    "h2",
    { tabindex: "-1" },
    theirs(path),
    el("span", { class: "quiet" }, ` ${direction} of `, theirs(stream)),
  );
  main.replaceChildren(
    el(
      "p",
      { class: "buttons" },
      button("Back to the files", () => void showFiles(main)),
    ),
    heading,
    ...parts,
    el(
      "div",
      { class: "buttons" },
      actionButton("redrive", { stream, path }, result, again),
      actionButton("replay", { ...request, force: true }, result, again),
    ),
    result,
  );
  heading.focus();
};
