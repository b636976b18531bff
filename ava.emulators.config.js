// The suites that run against both AWS emulators.
export default {
  files: ["test/emulators/**/*.test.ts"],
  extensions: ["ts"],
  concurrency: 2,
  timeout: "3m",
};
