// The second AWS emulator, moto: the Python that has it.
import { fileURLToPath } from "node:url";
import { providePython } from "./python.mjs";
import { step } from "./report.mjs";

const requirements = fileURLToPath(new URL("../../test/emulators/requirements.txt", import.meta.url));

/** The path of that Python, made in the cache where it is missing. */
export const provideMoto = () =>
  step("second AWS emulator (Python)", (note) => providePython("moto", requirements, note));
