// `npx ava [file]`: unit and integration tests, or one file of them. The tests that need the local stack have a
// configuration of their own (ava.e2e.config.js).
import { assertNode } from "./scripts/assert-node.mjs";

assertNode();

export default {
  files: ["test/unit/**/*.test.ts", "test/integration/**/*.test.ts"],
  extensions: ["ts"],
  // What is read after it was given back is another file's.
  require: ["./test/helpers/lent-memory/register.mjs"],
  concurrency: 2,
  // Of no test ending: a busy machine may take long. `npm run test:unit` allows less.
  timeout: "5m",
};
