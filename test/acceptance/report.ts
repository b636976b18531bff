// The report of an acceptance, as it is committed.
import { writeFileSync } from "node:fs";
import type { Account } from "./account.ts";

export type Report = {
  readonly figures: (readonly [string, string])[];
  /** Does one step, tells of it, and returns the seconds that it took. A failure is written down and thrown. */
  readonly step: (title: string, work: () => Promise<unknown>) => Promise<number>;
  /** Writes the file. `cost` in dollars. */
  readonly write: (path: string, account: Account, cost: string) => void;
};

export function createReport(tell: (line: string) => void): Report {
  const steps: (readonly [string, string, string])[] = [];
  const figures: (readonly [string, string])[] = [];
  return {
    figures,
    step: async (title, work) => {
      const began = Date.now();
      const seconds = () => (Date.now() - began) / 1_000;
      tell(`· ${title}`);
      try {
        await work();
        steps.push([title, "yes", `${Math.round(seconds())} s`]);
        tell(`  done in ${Math.round(seconds())} s`);
        return seconds();
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        steps.push([title, `**no**: ${why.split("\n")[0]?.replaceAll("|", "\\|")}`, `${Math.round(seconds())} s`]);
        throw error;
      }
    },
    write: (path, account, cost) => {
      const row = (...cells: readonly string[]) => `| ${cells.join(" | ")} |`;
      const lines = [
        "# Acceptance",
        "",
        `Run by \`npm run acceptance\` on ${new Date().toISOString().slice(0, 10)} against ${account.name}, region ${account.region}, account …${account.accountId.slice(-4)}. ${cost}`,
        "",
        row("step", "as it should be", "took"),
        row("---", "---", "---"),
        ...steps.map((step) => row(...step)),
        "",
        row("figure, by the platform's REPORT lines and the clock", ""),
        row("---", "---"),
        ...figures.map((figure) => row(...figure)),
        "",
      ];
      writeFileSync(path, lines.join("\n"));
    },
  };
}
