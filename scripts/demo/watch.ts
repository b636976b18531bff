// Waits for files, and shows each as it arrives.
import { createHash } from "node:crypto";
import type { Journey } from "./files.ts";
import { size } from "./screen.ts";

const silence = 4_000;

/**
 * Shows each of `waiting` as it arrives, and a sign of life where nothing did for four seconds.
 * Throws for a file that differs from what was put, or hasn't come after `deadline` seconds.
 */
export async function watch(
  waiting: readonly Journey[],
  started: number,
  deadline: number,
  hint: string,
): Promise<void> {
  let left = [...waiting];
  let spoke = Date.now();
  while (left.length > 0) {
    for (const journey of left) {
      const content = await journey.arrived();
      if (content === undefined) continue;
      if (sha256(content) !== sha256(journey.content))
        throw new Error(`${journey.name} arrived with ${content.length} bytes that are not the ones that were put`);
      const time = ((Date.now() - started) / 1000).toFixed(1);
      console.log(
        `  ✔ ${journey.direction}  ${journey.stream.padEnd(6)}  ${size(content.length).padStart(8)}  ${time.padStart(5)} s  ${journey.name}`,
      );
      left = left.filter((other) => other !== journey);
      spoke = Date.now();
    }
    if (left.length === 0) return;
    if (Date.now() - started > deadline * 1000)
      throw new Error(`not arrived after ${deadline} s: ${left.map(({ name }) => name).join(", ")}`);
    if (Date.now() - spoke > silence) {
      console.log(
        `    … ${Math.round((Date.now() - started) / 1000)} s, ${left.length} on the way${hint === "" ? "" : `; ${hint}`}`,
      );
      spoke = Date.now();
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
