// The tests on the local stack: real servers, so few at a time, and long enough for a Terraform apply to end.
export default {
  files: ["test/e2e/**/*.test.ts"],
  extensions: ["ts"],
  concurrency: 3,
  timeout: "10m",
};
