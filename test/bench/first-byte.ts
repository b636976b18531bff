/** How long it takes until the first byte of a file: from the start of the process, and from an event in a process that has everything loaded. */
import { median } from "./report.ts";
import type { Generated } from "./with-generated-servers.ts";

/** Milliseconds, medians. */
export interface FirstBytes {
  readonly fresh: number;
  readonly warm: number;
  /** User and system time until the end of the first invocation, Node's start among it. */
  readonly freshCpu: number;
}

type First = { readonly read?: number; readonly sent?: number };

let count = 0;

/** Moves the generated file in a fresh process and in a warm one, `runs` times each, with `streams` in the configuration. */
export const firstByte = async (
  { run, at }: Pick<Generated, "run" | "at">,
  options: {
    readonly direction: "push" | "pull";
    readonly bytes: number;
    readonly runs: number;
    readonly streams?: number;
  },
): Promise<FirstBytes> => {
  const { direction, bytes, runs, streams = 1 } = options;
  const once = async (warm: boolean) => {
    const result = await run({
      direction,
      set: { name: "huge", files: new Map([["huge.dat", bytes]]) },
      partner: { roundTrip: 0, host: "127.0.0.1", port: at.sftpPort, pipe: "" },
      maxConnections: 1,
      target: `to-first-${++count}`,
      root: "/",
      idleStreams: streams - 1,
      warm,
      meteredS3: { endpoint: at.s3, meter: `${at.s3}/-/first` },
      timeout: 60,
    });
    const invocation = result.invocations.at(-1);
    const { read, sent } = (invocation?.meters[1] ?? {}) as First;
    const first = direction === "pull" ? read : sent;
    if (invocation === undefined || first === undefined) throw new Error(`the file of the ${direction} was never read`);
    return {
      // Without the meters, which are asked between start and event.
      milliseconds: first - invocation.begunAt + (warm ? 0 : result.startMs + result.loadMs),
      cpu: result.startCpuMs + invocation.cpuMs,
    };
  };
  const [fresh, warm] = [[] as { milliseconds: number; cpu: number }[], [] as number[]];
  for (let turn = 0; turn < runs; turn++) {
    fresh.push(await once(false));
    warm.push((await once(true)).milliseconds);
  }
  return {
    fresh: median(fresh.map(({ milliseconds }) => milliseconds)),
    warm: median(warm),
    freshCpu: median(fresh.map(({ cpu }) => cpu)),
  };
};
