import test from "ava";
import { shareOut } from "../../../lambda/src/drain/balance.ts";
import type { Remote } from "../../../lambda/src/sftp/remote.ts";

const mebibyte = 1024 * 1024;
const remoteNamed = (partner: string) => ({ partner }) as Remote;
const own = remoteNamed("own");

/** A drain's connections, with so many further ones; `recruited` are the bytes that were told when more were wanted. */
const drain = (options: { further?: number; far?: boolean; upload?: "direct"; maxConnections?: number }) => {
  const remotes = Array.from({ length: options.further ?? 0 }, (_, index) => remoteNamed(`further ${index + 1}`));
  const recruited: number[] = [];
  const { place } = shareOut({
    remote: own,
    extra: { remotes, recruit: (bytes: number) => recruited.push(bytes) },
    far: options.far ?? true,
    partner: {
      maxConnections: options.maxConnections ?? 4,
      streams: [{ name: "acme", ...(options.upload && { push: { upload: options.upload } }) }],
    },
  } as unknown as Parameters<typeof shareOut>[0]);
  const put = (size: number, direction: "push" | "pull" = "push") =>
    place({ stream: "acme", direction, source: { size } } as Parameters<typeof place>[0]);
  return { put, remotes, recruited };
};

test("each connection carries about the same, the drain's own first", (t) => {
  const { put } = drain({ further: 2 });
  const placed = [64, 8, 8, 8, 8, 64, 8].map((mebibytes) => put(mebibytes * mebibyte).remote.partner);
  t.deepEqual(placed, ["own", "further 1", "further 2", "further 1", "further 2", "further 1", "further 2"]);
});

test("what is done leaves room", (t) => {
  const { put } = drain({ further: 1 });
  const first = put(64 * mebibyte);
  t.is(put(8 * mebibyte).remote.partner, "further 1");
  first.leave();
  t.is(put(8 * mebibyte).remote.partner, "own");
});

test("further connections are wanted for all that is under way, not for the largest file", (t) => {
  const { put, recruited } = drain({});
  for (let file = 0; file < 5; file++) put(8 * mebibyte);
  t.true((recruited.at(-1) ?? 0) > 40 * mebibyte, String(recruited));
  t.is(drain({ far: false }).put(mebibyte).remote, own);
});

test("a near partner, one that allows one connection, and files under their final names: the drain's own, and no other wanted", (t) => {
  for (const options of [{ far: false }, { maxConnections: 1 }, { upload: "direct" as const }]) {
    const { put, recruited } = drain({ further: 3, ...options });
    for (let file = 0; file < 5; file++) t.is(put(64 * mebibyte).remote, own);
    t.deepEqual(recruited, []);
  }
  t.not(drain({ further: 3, upload: "direct" }).put(1, "pull").remote, undefined);
});
