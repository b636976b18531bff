// Collects what parts of a run passed and failed, and ends it with the one line that sums it up.
import { seconds } from "./setup/report.mjs";

/** A collector: `part(title, work)` runs `work()` → `{ passed, failed, skipped?, reds?, again? }` under a heading; `finish()` prints. */
export function summary() {
  const parts = [];
  return {
    async part(title, work) {
      const started = Date.now();
      console.log(`\n━━ ${title}`);
      let result;
      try {
        result = await work();
      } catch (error) {
        console.log(error.message);
        result = { passed: 0, failed: 1, reds: { names: [], details: error.message.split("\n").slice(0, 40) } };
      }
      parts.push({ title, time: seconds(started), skipped: 0, ...result });
    },
    /** Prints what failed once more, a row per part with the names of what failed there, and the total, and sets the exit status. */
    finish() {
      const width = Math.max(...parts.map(({ title }) => title.length));
      for (const { title, reds } of parts)
        if (reds !== undefined) console.log([`\n━━ failed: ${title}`, ...reds.details].join("\n"));
      console.log();
      for (const { title, passed, failed, skipped, time, reds, again } of parts) {
        console.log(
          `${failed === 0 ? "✔" : "✘"} ${title.padEnd(width)}  ${counts(passed, failed, skipped)}  (${time})`,
        );
        for (const name of reds?.names ?? []) console.log(`  ${name}`);
        for (const name of again ?? []) console.log(`    passed only when it ran again: ${name.trim()}`);
      }
      const total = (name) => parts.reduce((all, part) => all + part[name], 0);
      console.log(`\n${counts(total("passed"), total("failed"), total("skipped"))}`);
      process.exitCode = total("failed") === 0 && total("passed") > 0 ? 0 : 1;
    },
  };
}

function counts(passed, failed, skipped) {
  return `${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`;
}
