/** From the runs to a table, JSON and a plot. */
import { describeBox } from "./box.ts";
import { bytesOf, type FileSets } from "./data.ts";
import type { Figure, Work } from "./works.ts";

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
};

export interface Row {
  readonly work: string;
  readonly roundTrip: number;
  readonly box: number | undefined;
  readonly contender: string;
  readonly isBridge: boolean;
  readonly runs: number;
  /** Seconds, medians. */
  readonly wall: number;
  readonly cpu: number;
  /** Bytes, the most of all runs. */
  readonly memory: number;
  /** `MB/s` or `files/s`. */
  readonly rate: number;
  readonly unit: string;
  /** Wall time over the best peer's; undefined for peers. */
  readonly ratio: number | undefined;
  /** Wall time over what a bare TCP connection takes for these bytes. */
  readonly ofLink: number | undefined;
}

/** Targets of the project: wall time over the best peer's, at 0, 20 and 80 ms. */
export const targets: Readonly<Record<string, readonly [number, number, number]>> = {
  "push one large file, 4": [1.0, 0.5, 0.2],
  "pull one large file, 4": [0.6, 0.5, 0.45],
  "push small files, 1": [1.0, 0.2, 0.1],
  "pull small files, 1": [0.6, 0.15, 0.15],
  "list a directory, 1": [0.6, 0.15, 0.1],
  "push a mixed tree, 4": [1.0, 0.4, 0.3],
  "pull a mixed tree, 4": [1.0, 0.4, 0.3],
};

export const rowsOf = (figures: readonly Figure[], works: readonly Work[], sets: FileSets): Row[] => {
  const wallOf = (figure: Figure) => median(figure.runs.map(({ wall }) => wall));
  const link = new Map<string, number>();
  for (const figure of figures) {
    if (figure.contender === "bare TCP") link.set(`${figure.work} ${figure.roundTrip}`, wallOf(figure));
  }
  return figures.map((figure): Row => {
    const work = works.find(({ name }) => name === figure.work);
    const set = sets[work?.set ?? "large"];
    const perFile = work?.set === "small" || work?.lists === true;
    const wall = wallOf(figure);
    const peers = figures.filter(
      (other) =>
        other.work === figure.work &&
        other.roundTrip === figure.roundTrip &&
        other.box === figure.box &&
        !other.isBridge &&
        other.contender !== "bare TCP",
    );
    const best = peers.length > 0 ? Math.min(...peers.map(wallOf)) : undefined;
    const direction = work?.direction === "pull" ? "down" : "up";
    const bare = link.get(`link ${direction} ${figure.roundTrip}`);
    const bytes = bytesOf(figure.contender === "bare TCP" ? sets.large : set);
    return {
      work: figure.work,
      roundTrip: figure.roundTrip,
      box: figure.box,
      contender: figure.contender,
      isBridge: figure.isBridge,
      runs: figure.runs.length,
      wall,
      cpu: median(figure.runs.map(({ cpu }) => cpu)),
      memory: Math.max(...figure.runs.map(({ memory }) => memory)),
      rate: perFile ? set.files.size / wall : bytes / 1e6 / wall,
      unit: perFile ? (work?.lists ? "names/s" : "files/s") : "MB/s",
      ratio: figure.isBridge && best !== undefined ? wall / best : undefined,
      ofLink: bare !== undefined && !perFile ? wall / (bare * (bytes / bytesOf(sets.large))) : undefined,
    };
  });
};

const figure = (value: number, digits: number) => value.toFixed(digits);

/** A table in Markdown, one section per piece of work. */
export const tableOf = (rows: readonly Row[]): string => {
  const lines: string[] = [];
  for (const work of new Set(rows.map((row) => row.work))) {
    lines.push("", `### ${work[0]?.toUpperCase()}${work.slice(1)}`, "");
    lines.push("| of the machine | round trip | who | seconds | rate | CPU s | peak MB | × best peer | × bare TCP |");
    lines.push("|---|---|---|---|---|---|---|---|---|");
    const ofWork = rows.filter((row) => row.work === work);
    for (const row of ofWork.toSorted(
      (a, b) => (a.box ?? Number.POSITIVE_INFINITY) - (b.box ?? Number.POSITIVE_INFINITY) || a.roundTrip - b.roundTrip,
    )) {
      const name = row.isBridge ? `**${row.contender}**` : row.contender;
      lines.push(
        `| ${describeBox(row.box)} | ${row.roundTrip} ms | ${name}${row.runs < 3 ? ` (${row.runs === 1 ? "once" : `${row.runs} runs`})` : ""} | ${figure(row.wall, 2)} | ${figure(row.rate, row.rate < 10 ? 1 : 0)} ${row.unit} | ${row.cpu > 0 ? figure(row.cpu, 2) : ""} | ${row.memory > 0 ? figure(row.memory / 1e6, 0) : ""} | ${row.ratio === undefined ? "" : figure(row.ratio, 2)} | ${row.ofLink === undefined ? "" : figure(row.ofLink, 2)} |`,
      );
    }
  }
  return lines.join("\n").trim();
};

const escapeXml = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** How many times as fast as the best peer the bridge is, a bar for each piece of work and round-trip time; on a logarithmic scale. */
export const plotOf = (rows: readonly Row[]): string => {
  // The smallest box: what most functions have.
  const smallest = Math.min(...rows.map(({ box }) => box ?? Number.POSITIVE_INFINITY));
  const bars = rows.filter((row) => row.ratio !== undefined && (row.box ?? Number.POSITIVE_INFINITY) === smallest);
  const left = 300;
  const width = 860;
  const rowHeight = 18;
  const groups = Map.groupBy(bars, (row) => `${row.work} (${row.contender.replace("bridge, ", "")})`);
  const lowest = 0.25;
  const highest = Math.max(16, ...bars.map((row) => 1 / (row.ratio ?? 1)));
  const x = (times: number) =>
    left +
    ((Math.log(Math.max(times, lowest)) - Math.log(lowest)) / (Math.log(highest) - Math.log(lowest))) *
      (width - left - 60);
  const colours = ["#9ecae1", "#4292c6", "#08519c"];
  const roundTrips = [...new Set(bars.map((row) => row.roundTrip))].toSorted((a, b) => a - b);
  const parts: string[] = [];
  let y = 58;
  for (const [name, group] of groups) {
    parts.push(
      `<text x="${left - 8}" y="${y + 12 + ((group.length - 1) * rowHeight) / 2}" text-anchor="end">${escapeXml(name)}</text>`,
    );
    for (const row of group.toSorted((a, b) => a.roundTrip - b.roundTrip)) {
      const times = 1 / (row.ratio ?? 1);
      const [from, to] = [Math.min(x(1), x(times)), Math.max(x(1), x(times))];
      const colour = colours[roundTrips.indexOf(row.roundTrip)] ?? "#08519c";
      parts.push(
        `<rect x="${from.toFixed(1)}" y="${y}" width="${(to - from).toFixed(1)}" height="${rowHeight - 3}" fill="${colour}"/>`,
      );
      parts.push(`<text x="${(to + 5).toFixed(1)}" y="${y + 12}">${times.toFixed(1)}×</text>`);
      y += rowHeight;
    }
    y += 10;
  }
  const ticks = [0.25, 0.5, 1, 2, 4, 8, 16, 32].filter((tick) => tick <= highest);
  const axis = ticks.map(
    (tick) =>
      `<line x1="${x(tick).toFixed(1)}" x2="${x(tick).toFixed(1)}" y1="50" y2="${y}" stroke="${tick === 1 ? "#333" : "#ddd"}"/><text x="${x(tick).toFixed(1)}" y="44" text-anchor="middle">${tick}×</text>`,
  );
  const legend = roundTrips.map(
    (roundTrip, index) =>
      `<rect x="${left + index * 110}" y="${y + 12}" width="12" height="12" fill="${colours[index] ?? "#08519c"}"/><text x="${left + 17 + index * 110}" y="${y + 22}">${roundTrip} ms</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y + 40}" viewBox="0 0 ${width} ${y + 40}" font-family="sans-serif" font-size="12">`,
    "<title>How many times as fast as the best of the other programs</title>",
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="12" y="22" font-size="15">How many times as fast as the best of the other programs (right of 1×: faster), by round-trip time</text>`,
    ...axis,
    ...parts,
    ...legend,
    "</svg>",
    "",
  ].join("\n");
};
