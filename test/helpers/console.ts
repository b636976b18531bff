/** The console over a bridge in memory, with as many entries as a test wants. */
import { readdirSync, readFileSync } from "node:fs";
import type { CloudWatch } from "../../bridge/src/cloudwatch.ts";
import { createApi } from "../../bridge/src/console/api.ts";
import type { JournalReader } from "../../bridge/src/console/journal.ts";
import { dispatch } from "../../lambda/src/dispatch.ts";
import type { World } from "./world.ts";

/** The page as `npm run build:bridge` made it. */
export const pageFiles = (): Map<string, Uint8Array> => {
  const folder = new URL("../../bridge/dist/console/", import.meta.url);
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(new URL(name, folder))]));
};

/** Says of each metric 1, 2, 3 … in the last hours. */
const cloudwatch: CloudWatch = {
  send: async (command: { input: { MetricDataQueries?: { Id: string }[] } }) => ({
    MetricDataResults: (command.input.MetricDataQueries ?? []).map(({ Id }, index) => ({
      Id,
      Timestamps: [3, 2, 1].map((hour) => new Date(Date.UTC(2026, 0, 1) - hour * 3_600_000)),
      Values: [1 + index, 2 + index, 3 + index],
    })),
  }),
} as never;

/** `asked` is filled with what the function was asked. */
export const apiOf = (world: World, reader: JournalReader, asked: unknown[] = []) =>
  createApi({
    functionName: "partner-files",
    invoke: async (functionName, payload) => {
      const event = JSON.parse(payload) as object;
      asked.push({ functionName, ...event });
      const answer = await dispatch(world.bridge().invocation, event);
      return {
        $metadata: {},
        Payload: new TextEncoder().encode(JSON.stringify(answer === undefined ? null : answer)) as never,
      };
    },
    cloudwatch,
    journal: async () => reader,
    now: () => world.time.now,
  });

/** Pages of 1,000 of the items, whatever is asked for. */
export const readerOf = (items: readonly Record<string, unknown>[]): JournalReader => {
  async function* pages() {
    for (let from = 0; from < items.length; from += 1_000) yield items.slice(from, from + 1_000);
  }
  return { scan: pages, query: pages };
};
