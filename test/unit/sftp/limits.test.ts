/** What a server says of its limits (limits@openssh.com), whatever it says. */
import test from "ava";
import type { SFTPWrapper } from "ssh2";
import { createBudget } from "../../../lambda/src/concurrency/budget.ts";
import { createChannel } from "../../../lambda/src/sftp/channel.ts";
import { createCrowd } from "../../../lambda/src/sftp/crowd.ts";
import { createRequests } from "../../../lambda/src/sftp/requests.ts";
import { createTrial } from "../../../lambda/src/sftp/trial.ts";
import type { Log } from "../../../lambda/src/telemetry/types.ts";
import { createTraits } from "../../../lambda/src/traits/traits.ts";

const chunkBytes = 255 * 1024;
const safeBytes = 31 * 1024;
/** READs ask for whole pages. */
const inPages = (bytes: number): number => Math.floor(bytes / 4096) * 4096;

const channelOf = (fields: Record<string, unknown>, told: string[] = []) => {
  const requests = createRequests({ timeoutMs: 1_000, overdue: () => {} });
  return createChannel(fields as unknown as SFTPWrapper, {
    log: { info: (message: string) => void told.push(message) } as Log,
    partner: "us@partner:22",
    requests,
    crowd: createCrowd(requests, createTraits()),
    traits: createTraits(),
    trial: createTrial(createTraits()),
    chunkBytes,
    twice: () => {},
  });
};

test("nonsense about lengths is not believed: a READ and a WRITE have a size that every server takes, or less than it allows", (t) => {
  for (const [said, expected] of [
    [undefined, safeBytes],
    [0, safeBytes],
    [-1, safeBytes],
    [Number.NaN, safeBytes],
    [1, safeBytes],
    [4_095, safeBytes],
    [4_096, 4_096],
    [261_120, chunkBytes],
    [2 ** 63, chunkBytes],
    [Number.POSITIVE_INFINITY, chunkBytes],
  ] as const) {
    const { readBytes, writeBytes } = channelOf({ _maxReadLen: said, _maxWriteLen: said });
    t.is(readBytes, inPages(expected), `${said}`);
    t.is(writeBytes, expected, `${said}`);
  }
});

test("nonsense is told, with what is done instead; sensible limits are nothing to tell", (t) => {
  const told: string[] = [];
  channelOf({ _maxReadLen: 1, _maxWriteLen: 32_768 }, told);
  t.deepEqual(told, [
    "The server announces that a READ may carry 1 bytes, which isn't believed: 31744 are, as every server has to take them",
  ]);
  channelOf({ _maxReadLen: 4_096, _maxWriteLen: 2 ** 63 }, told);
  t.is(told.length, 1);
});

test("nonsense about open files leaves some, and no more than can be counted", (t) => {
  for (const [said, expected] of [
    [undefined, 72],
    [0, 72],
    [-5, 72],
    [Number.NaN, 72],
    [1, 1],
    [1_014, 1_014],
    [2 ** 63, 10_000],
    [Number.POSITIVE_INFINITY, 10_000],
  ] as const) {
    const { openHandles } = channelOf({ maxOpenHandles: said });
    t.is(openHandles, expected, `${said}`);
    const handles = createBudget(Math.max(1, openHandles - 8));
    t.true(handles.tryTake(1));
    t.true(Number.isSafeInteger(handles.total));
  }
});
