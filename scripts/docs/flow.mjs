// `node scripts/docs/flow.mjs`: draws the README's picture of the flow, for light and for dark pages, into docs/.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const themes = {
  light: { ink: "#1f2328", quiet: "#59636e", box: "#f6f8fa", line: "#818b98", push: "#0969da", pull: "#1a7f37" },
  dark: { ink: "#f0f6fc", quiet: "#9198a1", box: "#151b23", line: "#656c76", push: "#4493f8", pull: "#3fb950" },
};

export const flowThemes = Object.keys(themes);

/** The picture as SVG, in the colours of one of `flowThemes`. */
export function drawFlow(theme) {
  const { ink, quiet, box, line, push, pull } = themes[theme];
  const card = (x, y, width, height, title, ...words) =>
    [
      `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="8" fill="${box}" stroke="${line}"/>`,
      text(x + width / 2, y + height / 2 + 5 - words.length * 9, title, ink, ' font-weight="600"'),
      ...words.map((word, index) =>
        text(x + width / 2, y + height / 2 + 14 + index * 17 - (words.length - 1) * 9, word, quiet, ' font-size="12"'),
      ),
    ].join("\n  ");
  const text = (x, y, words, fill, more = "") =>
    `<text x="${x}" y="${y}" text-anchor="middle" fill="${fill}"${more}>${words}</text>`;
  const arrow = (colour, path, kind) =>
    `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2" marker-end="url(#${kind})"/>`;
  const head = (id, colour) =>
    `<marker id="${id}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 10 5 0 10z" fill="${colour}"/></marker>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 880 330" font-family="system-ui, -apple-system, 'Segoe UI', sans-serif" font-size="15" role="img" aria-labelledby="title">
  <title id="title">Objects go from S3 by EventBridge and a queue to the function, and from it to the partner's SFTP server; a schedule has the function fetch the partner's files into S3; a journal knows every file</title>
  <defs>${head("push", push)}${head("pull", pull)}${head("line", line)}</defs>
  ${card(20, 40, 150, 190, "S3 bucket", "acme/push/", "acme/pull/")}
  ${card(230, 40, 130, 62, "EventBridge", "object created")}
  ${card(410, 40, 90, 62, "SQS", "queue")}
  ${card(230, 168, 130, 62, "Schedule", "rate or cron")}
  ${card(410, 130, 190, 100, "Lambda", "claims, copies, compares,", "publishes, goes on")}
  ${card(710, 40, 150, 190, "Partner", "inbox/", "outbox/")}
  ${card(410, 262, 190, 52, "Journal (DynamoDB)", "each file, each step")}
  ${card(710, 262, 150, 52, "CloudWatch", "log, alarms")}
  ${arrow(push, "M170 71H228", "push")}
  ${arrow(push, "M360 71H408", "push")}
  ${arrow(push, "M455 102V128", "push")}
  ${arrow(push, "M600 150H708", "push")}
  ${text(654, 142, "push", push, ' font-size="13"')}
  ${arrow(pull, "M360 185H408", "pull")}
  ${arrow(pull, "M710 180H602", "pull")}
  ${text(654, 172, "pull", pull, ' font-size="13"')}
  ${arrow(pull, "M410 152H172", "pull")}
  ${arrow(line, "M505 230V260", "line")}
  ${arrow(line, "M600 215H655V288H708", "line")}
</svg>
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const theme of flowThemes)
    writeFileSync(join(import.meta.dirname, `../../docs/flow-${theme}.svg`), drawFlow(theme));
