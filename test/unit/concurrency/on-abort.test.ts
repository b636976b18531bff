import { getEventListeners } from "node:events";
import test from "ava";
import { onAbort } from "../../../lambda/src/concurrency/on-abort.ts";

test("all who wait are told once, in their order, over one listener", (t) => {
  const controller = new AbortController();
  const told: number[] = [];
  for (const one of [1, 2, 3]) onAbort(controller.signal, () => told.push(one));
  t.is(getEventListeners(controller.signal, "abort").length, 1);
  controller.abort();
  controller.abort();
  t.deepEqual(told, [1, 2, 3]);
});

test("who has stopped waiting isn't told, also when another one stops it", (t) => {
  const controller = new AbortController();
  const told: number[] = [];
  const stop = [1, 2, 3].map((one) => onAbort(controller.signal, () => told.push(one)));
  stop[1]?.();
  onAbort(controller.signal, () => stop[2]?.());
  const later = new AbortController();
  onAbort(later.signal, () => told.push(4));
  controller.abort();
  t.deepEqual(told, [1, 3]);
  const last = new AbortController();
  const ends: (() => void)[] = [];
  onAbort(last.signal, () => ends[0]?.());
  ends.push(onAbort(last.signal, () => told.push(5)));
  last.abort();
  t.deepEqual(told, [1, 3]);
});
