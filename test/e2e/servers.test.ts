/** The bridge against servers of every make: one suite for all of them. */
import { readFileSync } from "node:fs";
import test from "ava";
import { cases } from "../servers/cases.ts";
import { servers } from "../servers/facts.ts";
import type { TestedServer } from "../servers/server.ts";
import { serverTables } from "../servers/table.ts";

/** Cases that run at one time on one server: some wait most of the time. */
const atOnce = 3;

for (const facts of servers) {
  let starting: Promise<TestedServer> | undefined;
  const server = () => {
    starting ??= facts.start();
    return starting;
  };
  test.after.always(`${facts.name}: stopped`, async () => {
    await (await starting?.catch(() => undefined))?.stop();
  });

  const lanes: Promise<unknown>[] = Array.from({ length: atOnce }, () => Promise.resolve());
  cases.forEach(({ title, run }, index) => {
    const before = lanes[index % atOnce];
    const { promise, resolve } = Promise.withResolvers<void>();
    lanes[index % atOnce] = promise;
    test(`${facts.name}: ${title}`, async (t) => {
      await before;
      try {
        await run(t, await server(), facts);
      } finally {
        resolve();
      }
    });
  });
}

test("the tables of docs/servers.md say what is tested here", (t) => {
  const page = readFileSync(new URL("../../docs/servers.md", import.meta.url), "utf8");
  t.true(page.includes(serverTables()), `Put these into docs/servers.md:\n${serverTables()}`);
});
