/** Elements made of text: nothing here takes markup, so that no name can be any. */
import { visible } from "../../../../lambda/src/widget/visible.ts";

type Child = Node | string | null | undefined | false;

const svg = "http://www.w3.org/2000/svg";

const fill = <E extends Element>(
  element: E,
  attributes: Readonly<Record<string, string>>,
  children: readonly Child[],
) => {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  for (const child of children) if (child) element.append(child);
  return element;
};

/** An element of ours; strings among its children are text. */
export const el = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] => fill(document.createElement(tag), attributes, children);

export const draw = (tag: string, attributes: Readonly<Record<string, string>> = {}, ...children: readonly Child[]) =>
  fill(document.createElementNS(svg, tag), attributes, children);

/** Somebody else's text: isolated, so that its direction changes nothing around it, and with what can't be seen shown as its code. */
export const theirs = (text: string): HTMLElement =>
  el(
    "bdi",
    {},
    ...visible(text).map((piece) => (piece.hidden ? el("span", { class: "unseen" }, piece.text) : piece.text)),
  );

export const byId = <E extends HTMLElement>(id: string, kind: new () => E): E => {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`the page has no ${id}`);
  return element;
};

export const button = (label: string, press: () => void, attributes: Readonly<Record<string, string>> = {}) => {
  const made = el("button", { type: "button", ...attributes }, label);
  made.addEventListener("click", press);
  return made;
};

/** A table in a frame that scrolls by itself on a narrow page. */
export const table = (caption: string, head: readonly string[], rows: readonly (readonly (Node | string)[])[]) =>
  el(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    el(
      "table",
      {},
      el("caption", {}, caption),
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          ...head.map((title, column) => {
            const first = rows[0]?.[column];
            const isNumber = first instanceof HTMLTableCellElement && first.className === "number";
            return el("th", { scope: "col", ...(isNumber && { class: "number" }) }, title);
          }),
        ),
      ),
      el(
        "tbody",
        {},
        ...rows.map((cells) =>
          el("tr", {}, ...cells.map((cell) => (cell instanceof HTMLTableCellElement ? cell : el("td", {}, cell)))),
        ),
      ),
    ),
  );

/** Says something to everybody, the screen reader included. */
export const say = (text: string, bad = false): void => {
  const said = byId("said", HTMLParagraphElement);
  said.className = bad ? "bad" : "";
  said.replaceChildren(theirs(text));
};
