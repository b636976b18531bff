/** Buttons that do something: what it is, and the command that does the same, are shown before. */
import type { Answer } from "../../../../lambda/src/operator/actions.ts";
import { act } from "./ask.ts";
import { button, el, say, table, theirs } from "./dom.ts";

interface Action {
  readonly label: string;
  readonly does: string;
}

const actions = {
  check: {
    label: "Check",
    does: "Connects to the partner and tries everything that the stream needs. Where it pushes, a probe file is written at the partner, renamed and deleted; an upload to S3 is begun and given up. No file is moved.",
  },
  "dry-run": {
    label: "Dry run",
    does: "Lists what the next poll or redelivery would move, and why. Nothing is changed.",
  },
  redrive: {
    label: "Redrive",
    does: "Files that were given up, or wait for their next attempt, are due at once and moved. What was delivered stays as it is.",
  },
  replay: {
    label: "Replay",
    does: "Moves this file once more, although it was delivered: the receiver gets it again, over the one that it has.",
  },
  poll: {
    label: "Poll now",
    does: "Lists the partner's directory now and moves what is new, as the schedule would.",
  },
} as const satisfies Readonly<Record<string, Action>>;

export type ActionName = keyof typeof actions;
type Request = Readonly<Record<string, string | true>>;

/** The same for a terminal; quoted for a POSIX shell. */
const commandFor = (action: ActionName, request: Request): string => {
  const quoted = (text: string) => (/^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
  if (action === "poll") return `{"action":"poll","streams":[${JSON.stringify(request["stream"])}]}`;
  return [
    "bridge",
    action,
    ...Object.entries(request).map(([name, value]) => `--${name}${value === true ? "" : ` ${quoted(value)}`}`),
  ].join(" ");
};

/** Asks whether to go on. The dialog keeps the focus and closes with Escape, which is a no. */
const confirmed = (action: ActionName, request: Request): Promise<boolean> => {
  // One for each question: an answer to the one before can't be taken for an answer to this.
  const dialog = el("dialog", { "aria-labelledby": "ask-title" });
  const { label, does } = actions[action];
  const of = Object.entries(request).flatMap(([name, value]) =>
    value === true ? [] : [el("li", {}, `${name}: `, theirs(value))],
  );
  const go = button(label, () => dialog.close("go"), { class: "go" });
  dialog.replaceChildren(
    el("h2", { id: "ask-title" }, `${label}?`),
    el("p", {}, does),
    el("ul", {}, ...of),
    el(
      "p",
      { class: "quiet" },
      action === "poll" ? "The event that asks for the same: " : "The command that does the same: ",
      el("code", {}, theirs(commandFor(action, request))),
    ),
    el(
      "p",
      { class: "buttons" },
      go,
      button("Cancel", () => dialog.close(""), { autofocus: "" }),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "go");
    });
  });
};

const shown = (answer: Answer): Node => {
  if (!answer.ok) return el("p", { class: "bad" }, theirs(answer.error.message));
  if (answer.action === "check")
    return el(
      "div",
      {},
      ...answer.streams.map(({ stream, partner, steps }) =>
        table(
          `${stream} at ${partner}`,
          ["step", "verdict", "ms", "detail"],
          steps.map(({ step, verdict, ms, detail }) => [
            step,
            el("span", { class: verdict === "failed" ? "bad" : "good" }, verdict),
            String(ms ?? ""),
            theirs(detail),
          ]),
        ),
      ),
    );
  if (answer.action === "dry-run")
    return table(
      `${answer.files.length} files, of which ${answer.would_move} would be moved`,
      ["", "file", "state", "would", "why"],
      answer.files.map(({ direction, path, state, would, why }) => [
        direction,
        theirs(path),
        state,
        would,
        theirs(why),
      ]),
    );
  if ("files" in answer && answer.action !== "history" && answer.action !== "list")
    return table(
      answer.files.length === 0 ? "There was nothing to do." : `${answer.files.length} files`,
      ["file", "result", "why"],
      answer.files.map(({ path, result, why }) => [
        theirs(path),
        el("span", { class: result === "delivered" ? "good" : "warn" }, result),
        theirs(why ?? ""),
      ]),
    );
  return el("p", {}, "Done.");
};

/** A button for the action; its result is put into `result`, and `after` runs once it is there. */
export const actionButton = (action: ActionName, request: Request, result: HTMLElement, after: () => void) => {
  const { direction } = request;
  const label = `${actions[action].label}${action === "dry-run" && direction !== undefined ? ` of the ${direction}` : ""}`;
  const named = Object.values(request)
    .filter((value) => value !== true)
    .join(" ");
  const run = async (): Promise<void> => {
    if (!(await confirmed(action, request))) return;
    made.disabled = true;
    const began = Date.now();
    const bar = el("progress", { "aria-label": `${label} is under way` });
    const note = el("span", {}, " under way");
    result.replaceChildren(el("p", {}, bar, note));
    say(`${label} of ${named} is under way.`);
    try {
      const answer = (await act({ action, request }, (soFar) => {
        note.textContent = ` ${soFar} so far, ${Math.round((Date.now() - began) / 1000)} s`;
      })) as Answer;
      result.replaceChildren(shown(answer));
      say(answer.ok ? `${label} of ${named} is done.` : answer.error.message, !answer.ok);
      after();
    } catch (error) {
      result.replaceChildren(el("p", { class: "bad" }, theirs((error as Error).message)));
      say(`${label} of ${named} failed.`, true);
    }
    made.disabled = false;
  };
  const made = button(label, () => void run(), { "aria-label": `${label} ${named}` });
  return made;
};
