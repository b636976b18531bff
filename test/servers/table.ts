/** The tables of servers in docs/servers.md, made from what the tests hold against them. */
import { servers } from "./facts.ts";
import { traits } from "./traits.ts";

const mark = (yes: boolean) => (yes ? "✓" : "–");

const row = (...cells: readonly string[]) => `| ${cells.join(" | ")} |`;

/** Both tables, in Markdown. */
export const serverTables = (): string =>
  [
    row(
      "server",
      "log-in",
      "push, pull",
      "24 MiB at 0 and 12 ms",
      "rename over a file",
      "fsync",
      "goes on where it stopped",
      "round trips, first and later",
      "setting, remark",
    ),
    row("---", "---", "---", "---", "---", "---", "---", "---", "---"),
    ...servers.map(({ name, methods, extensions, resumes, roundTrips, remark }) =>
      row(
        name,
        methods.join(", "),
        "✓",
        "✓",
        extensions.includes("posix-rename@openssh.com") ? "in one step" : "removed first",
        mark(extensions.includes("fsync@openssh.com")),
        mark(resumes),
        `${roundTrips.first}, ${roundTrips.later}`,
        remark,
      ),
    ),
    "",
    row("a server that …", "push", "pull", "setting", "remark"),
    row("---", "---", "---", "---", "---"),
    ...traits.map(({ name, fails = {}, needs = "", remark }) =>
      row(name, mark(fails.push === undefined), mark(fails.pull === undefined), needs, remark),
    ),
  ].join("\n");
