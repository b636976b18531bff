/** Throughput and failures over time, drawn as bars, with the same as a table for who can't see them. */

import { bytes, moment } from "../../../../lambda/src/widget/text.ts";
import type { Plots, Series } from "../plots.ts";
import { get } from "./ask.ts";
import { draw, el, say, table, theirs } from "./dom.ts";
import type { Streams } from "./streams.ts";

const [width, height, left, bottom] = [840, 130, 70, 20];

const spans: readonly (readonly [string, string])[] = [
  ["3", "3 hours"],
  ["24", "24 hours"],
  ["168", "7 days"],
  ["720", "30 days"],
];

const plot = ({ name, points }: Series, { from, to, period }: Plots): HTMLElement => {
  const show = (value: number) => (name.startsWith("bytes") ? bytes(value) : String(value));
  const total = points.reduce((sum, [, value]) => sum + value, 0);
  const most = Math.max(1, ...points.map(([, value]) => value));
  const x = (time: number) => left + ((time - from) / (to - from)) * (width - left);
  const wide = Math.max(1, ((period * 1_000) / (to - from)) * (width - left) - 1);
  const y = (value: number) => (value / most) * (height - bottom - 10);
  const iso = (time: number) => moment(new Date(time).toISOString());
  const words = `${name}: ${show(total)} in all, at most ${show(most === 1 && total === 0 ? 0 : most)} in ${period / 60} minutes`;
  const label = (at: number, up: number, text: string, anchor: string) =>
    draw("text", { x: String(at), y: String(up), "text-anchor": anchor }, text);
  return el(
    "figure",
    {},
    el("figcaption", {}, words),
    draw(
      "svg",
      { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": words },
      draw("line", {
        class: "axis",
        x1: String(left),
        x2: String(width),
        y1: String(height - bottom),
        y2: String(height - bottom),
      }),
      label(left - 6, 18, show(most), "end"),
      label(left - 6, height - bottom, "0", "end"),
      label(left, height - 4, iso(from), "start"),
      label(width, height - 4, iso(to), "end"),
      ...points.map(([time, value]) =>
        draw(
          "rect",
          {
            class: name === "errors" ? "bar errors" : "bar",
            x: x(time).toFixed(1),
            y: (height - bottom - y(value)).toFixed(1),
            width: wide.toFixed(1),
            height: y(value).toFixed(1),
          },
          draw("title", {}, `${iso(time)}: ${show(value)}`),
        ),
      ),
    ),
    el(
      "details",
      {},
      el("summary", {}, `${name} as a table`),
      table(
        name,
        ["from (UTC)", name],
        points.filter(([, value]) => value > 0).map(([time, value]) => [iso(time), show(value)]),
      ),
    ),
  );
};

/** Shows the view in `main`. */
export const showPlots = async (main: HTMLElement): Promise<void> => {
  const { streams } = await get<Streams>("streams");
  const stream = el(
    "select",
    { name: "stream" },
    ...streams.map((one) => el("option", { value: one.stream }, one.stream)),
  );
  const hours = el("select", { name: "hours" }, ...spans.map(([value, label]) => el("option", { value }, label)));
  hours.value = "24";
  const drawn = el("div");
  const show = async () => {
    try {
      const plots = await get<Plots>("plots", { stream: stream.value, hours: hours.value });
      drawn.replaceChildren(...plots.series.map((series) => plot(series, plots)));
      say(`${stream.value}, ${hours.selectedOptions[0]?.text ?? ""}`);
    } catch (error) {
      drawn.replaceChildren(el("p", { class: "bad" }, "CloudWatch can't be asked: ", theirs((error as Error).message)));
    }
  };
  for (const one of [stream, hours]) one.addEventListener("change", () => void show());
  main.replaceChildren(
    el("form", { class: "filter" }, el("label", {}, "stream", stream), el("label", {}, "time", hours)),
    drawn,
  );
  await show();
};
