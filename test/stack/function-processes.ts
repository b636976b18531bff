// The processes that functions run in: the emulator's children, as Linux shows them.
import { readdirSync, readFileSync } from "node:fs";
import type { Stack } from "./emulator.ts";

export type FunctionProcess = {
  readonly pid: number;
  readonly functionName: string;
  /** Peak resident memory since the process started, in bytes. */
  readonly peakMemory: number;
};

/** Running processes of functions on this stack; with `functionName`, of that one alone. */
export function functionProcesses(stack: Stack, functionName?: string): FunctionProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => describe(stack, Number(pid)))
    .filter((process) => functionName === undefined || process.functionName === functionName);
}

function describe(stack: Stack, pid: number): FunctionProcess[] {
  try {
    const environment = new Map(
      readFileSync(`/proc/${pid}/environ`, "utf8")
        .split("\0")
        .map((entry) => splitOnce(entry)),
    );
    const functionName = environment.get("AWS_LAMBDA_FUNCTION_NAME");
    if (functionName === undefined || environment.get("HOME") !== `${stack.folder}/home`) return [];
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return peak === undefined ? [] : [{ pid, functionName, peakMemory: Number(peak) * 1024 }];
  } catch {
    // Gone in the meantime, or not ours to look at.
    return [];
  }
}

function splitOnce(entry: string): [string, string] {
  const at = entry.indexOf("=");
  return [entry.slice(0, at), entry.slice(at + 1)];
}
