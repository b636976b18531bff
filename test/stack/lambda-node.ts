// `node` as Lambda starts it: with the flags of its own command line, which win over NODE_OPTIONS.
import { chmodSync, writeFileSync } from "node:fs";

/**
 * Writes a `node` that runs `program` with the flags that test/helpers/lambda-node.ts names, for a function of as much memory as
 * AWS_LAMBDA_FUNCTION_MEMORY_SIZE says (megabytes); and with none where that isn't set. It becomes the program itself, so that
 * its process, signals and environment are those of the function.
 */
export const writeLambdaNode = (path: string, program: string): void => {
  writeFileSync(
    path,
    `#!/bin/sh
memory="$AWS_LAMBDA_FUNCTION_MEMORY_SIZE"
[ -n "$memory" ] || exec "${program}" "$@"
exec "${program}" --expose-gc --max-semi-space-size=$((memory / 20)) --max-old-space-size=$((memory * 9 / 10)) "$@"
`,
  );
  chmodSync(path, 0o755);
};
