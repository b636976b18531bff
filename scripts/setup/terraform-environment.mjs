/**
 * What each Terraform that checks and tests start has in its environment. The provider's schema is some 100 MB of objects, read anew by
 * every run: collecting less often, as long as there is memory, is a fifth of its CPU time (10.6 s became 8.2 s for 13 runs).
 */
export const terraformEnvironment = {
  CHECKPOINT_DISABLE: "1",
  GOGC: "400",
  GOMEMLIMIT: "1GiB",
  TF_IN_AUTOMATION: "1",
};
