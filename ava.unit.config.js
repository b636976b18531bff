// `npm run test:unit`: all unit tests, many files in each worker (test/parts/part.ts); `npx ava [file]` runs one.
import { setFlagsFromString } from "node:v8";
import { assertNode } from "./scripts/assert-node.mjs";

assertNode();

// What a test makes is gone with it: with room for it the collector looks seldom.
setFlagsFromString("--max-semi-space-size=64");
setFlagsFromString("--min-semi-space-size=16");

const { unitTests } = await import("./test/parts/part.ts");

export default {
  files: ["test/parts/*.test.ts", ...unitTests().alone],
  extensions: ["ts"],
  concurrency: 2,
  // Of no test ending: a busy machine may take long.
  timeout: "3m",
};
