/** How Lambda starts Node for a function of so much memory, since what NODE_OPTIONS says loses to its command line. */

/**
 * The flags of the runtime `nodejs24.x`, as its bootstrap has them: a twentieth of the memory for the young generation, nine
 * tenths for the old one. They win over the same flags of NODE_OPTIONS.
 * https://github.com/aws/aws-lambda-nodejs-runtime-interface-client; read off a function's own `process.execArgv`.
 */
export const lambdaNodeFlags = (megabytes: number): string[] => [
  "--expose-gc",
  `--max-semi-space-size=${Math.floor(megabytes / 20)}`,
  `--max-old-space-size=${Math.floor((megabytes * 9) / 10)}`,
];
