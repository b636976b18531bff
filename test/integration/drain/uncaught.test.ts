/** What goes wrong at one partner where nobody waits for it ends that partner's session, and nothing else. */
import { execFile } from "node:child_process";
import test from "ava";
import { repository } from "../../stack/tools.ts";

const run = (...given: string[]): Promise<{ readonly code: number; readonly output: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, ["test/helpers/uncaught.ts", ...given], { cwd: repository }, (error, output) =>
      resolve({ code: Number(error?.code ?? 0), output }),
    );
  });

for (const way of ["rejection", "late rejection", "timer", "tick", "no error", "stuck"])
  test(`${way}: the other partner's file arrives, and the process lives`, async (t) => {
    const { code, output } = await run(way);
    t.is(code, 0, output);
    t.regex(output, /OBJECTS bucket\/good\/report\.csv\n/);
    t.regex(output, /ERROR Something failed that nothing waits for.*us@127.*nobody waits for me/);
    t.regex(output, /ERROR The partner can't be reached.*"evil"/);
    t.notRegex(output, /RUNTIME/);
    t.regex(output, /SURVIVED/);
  });

test("what belongs to no partner is the runtime's, which ends the process as ever", async (t) => {
  const { code, output } = await run("elsewhere");
  t.is(code, 129, output);
  t.regex(output, /RUNTIME of no partner/);
});

test("without the handlers the process would end, so that the above shows something", async (t) => {
  const { code, output } = await run("late rejection", "bare");
  t.is(code, 128, output);
  t.notRegex(output, /SURVIVED/);
});
