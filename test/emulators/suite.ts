// One suite for all emulators: each test file starts its own, and gives it to the suites.
import type { ExecutionContext, TestFn } from "ava";
import ava from "ava";
import { type Emulator, type EmulatorName, type Gap, gapsOf, startEmulator } from "./emulator.ts";
import { journalSuite } from "./suites/journal.ts";
import { objectsSuite } from "./suites/objects.ts";
import { queuesSuite } from "./suites/queues.ts";
import { secretsSuite } from "./suites/secrets.ts";
import { tableSuite } from "./suites/table.ts";

export type Suite = {
  readonly test: (title: string, run: (t: ExecutionContext, emulator: Emulator) => Promise<void>) => void;
  /**
   * A test of something that some emulator lacks: there it has to fail, so that the day on which it is mended shows, and so
   * that nobody takes a pass for more than it is.
   */
  readonly testOf: (gap: Gap, title: string, run: (t: ExecutionContext, emulator: Emulator) => Promise<void>) => void;
};

/** Runs all suites against the emulator of this name. */
export function runSuites(name: EmulatorName): void {
  const test: TestFn = ava;
  let emulator: Emulator;
  test.before("start the emulator", async () => {
    emulator = await startEmulator(name);
  });
  test.after.always("stop the emulator", () => emulator?.stop());
  const suite: Suite = {
    test: (title, run) => void test.serial(`${name}: ${title}`, (t) => run(t, emulator)),
    testOf: (gap, title, run) => {
      const declare = gapsOf[name].has(gap) ? test.serial.failing : test.serial;
      declare(`${name}: ${title}`, (t) => run(t, emulator));
    },
  };
  for (const add of [tableSuite, journalSuite, objectsSuite, secretsSuite, queuesSuite]) add(suite);
}
