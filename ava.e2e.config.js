// The tests on the local stack: real servers, so few at a time, and long enough for a Terraform apply to end.

/** Those with the most work begin first, so that no core is idle while one of them ends. Those that mostly wait are not among them. */
const long = ["runbook", "versions", "examples"];
const placeOf = (file) => {
  const place = long.findIndex((name) => file.endsWith(`/${name}.test.ts`));
  return place < 0 ? long.length : place;
};

export default {
  files: ["test/e2e/**/*.test.ts"],
  extensions: ["ts"],
  concurrency: 3,
  timeout: "10m",
  sortTestFiles: (one, other) => placeOf(one) - placeOf(other) || (one < other ? -1 : 1),
};
