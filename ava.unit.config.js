// `npm run test:unit`: all unit tests, many files in each worker (test/parts/part.ts); `npx ava [file]` runs one.
import { assertNode } from "./scripts/assert-node.mjs";

assertNode();

const { unitTests } = await import("./test/parts/part.ts");

export default {
  files: ["test/parts/*.test.ts", ...unitTests().alone],
  extensions: ["ts"],
  concurrency: 2,
  // Of no test ending: a busy machine may take long.
  timeout: "3m",
};
