/** A function's share of the machine, as a control group: what Lambda gives is in proportion to the memory. */
import { execFileSync } from "node:child_process";

/** What a function gets unless it asks for more (`memory_size`). */
export const defaultMegabytes = 512;
/** What has as much has one processor. */
export const wholeCore = 1_769;

/** `0.29 of a core, 512 MB`. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
export const describeBox = (megabytes: number | undefined): string =>
  megabytes === undefined ? "whole machine" : `${(megabytes / 1769).toFixed(2)} of a core, ${megabytes} MB`;

/** Why there can be no box on this machine; undefined where there can. */
export const whyNoBox = (native: string): string | undefined => {
  try {
    execFileSync(native, ["box", "--check"], { stdio: ["ignore", "ignore", "pipe"] });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

/**
 * Commands that begin with what is returned run in boxes of their own, one after the other or side by side; `remove` takes
 * the empty boxes away. Without `megabytes` they run as they are.
 */
export const makeBoxes = (native: string, megabytes: number | undefined) => {
  const names: string[] = [];
  return {
    next(): readonly string[] {
      if (megabytes === undefined) return [];
      const name = `bridge-bench-${process.pid}-${names.length}`;
      names.push(name);
      return [native, "box", name, String(megabytes)];
    },
    remove(): void {
      for (const name of names.splice(0)) execFileSync(native, ["box", "--remove", name], { stdio: "ignore" });
    },
  };
};
