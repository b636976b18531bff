// `npx ava`: the unit tests. The tests that need the local stack have a configuration of their own (ava.e2e.config.js).
export default {
  files: ["test/unit/**/*.test.ts"],
  extensions: ["ts"],
  concurrency: 2,
  timeout: "1m",
};
