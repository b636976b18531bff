/** Markup in which every text stays a text, whoever wrote it. */
import { visible } from "./visible.ts";

/** HTML as it is sent. Only this file makes one. */
export interface Markup {
  readonly html: string;
}

type Child = Markup | string | number | null | undefined;

const codes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};
const escaped = (text: string): string => text.replace(/[&<>"'`]/g, (character) => codes[character] ?? "");

/** What can't be seen in a text is shown as its code. */
const textOf = (text: string): string =>
  visible(text)
    .map(({ text: piece, hidden }) => (hidden ? `<code>${escaped(piece)}</code>` : escaped(piece)))
    .join("");

const htmlOf = (child: Child): string => {
  if (child === null || child === undefined) return "";
  return typeof child === "object" ? child.html : textOf(String(child));
};

/** An element; texts among its children are escaped. Names of elements and attributes are ours. */
export const el = (
  name: string,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): Markup => ({
  html: `<${name}${Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escaped(value)}"`)
    .join("")}>${children.map(htmlOf).join("")}</${name}>`,
});

/** Several, one behind the other. */
export const all = (...children: readonly Child[]): Markup => ({ html: children.map(htmlOf).join("") });

/** A table with a caption. */
export const table = (caption: string, heads: readonly string[], rows: readonly (readonly Child[])[]): Markup =>
  el(
    "table",
    {},
    el("caption", { style: "text-align: left" }, caption),
    el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))),
    el("tbody", {}, ...rows.map((row) => el("tr", {}, ...row.map((cell) => el("td", {}, cell))))),
  );

/**
 * A link that has the dashboard call `endpoint` again with these parameters, and put the answer in the widget's place. They are
 * JSON in the element's text; characters that mean something in markup are written as JSON's escapes, so that they are the same
 * whether the text or the markup is read. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_interactivity.html
 */
export const link = (endpoint: string, label: string, parameters: Readonly<Record<string, string>>): Markup => {
  const json = JSON.stringify(parameters).replace(/[&<>'`\u007f-\u009f\u2028\u2029]|\p{Cf}/gu, (character) =>
    [...character]
      .flatMap((one) => one.split(""))
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join(""),
  );
  return all(el("a", {}, label), {
    html: `<cwdb-action action="call" display="widget" endpoint="${escaped(endpoint)}">${json}</cwdb-action>`,
  });
};
