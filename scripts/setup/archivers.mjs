// Programs that tests pack archives with: 7-Zip and Info-ZIP's zip. Debian packages, unpacked into the cache where the machine has none.
import { unpackedProgram } from "./debian.mjs";

/** The paths of `7zz` and `zip`. */
export const provideArchivers = async (note) => [
  await unpackedProgram(
    {
      program: "7zz",
      package: "7zip",
      probe: ["i"],
      remedy: "install 7-Zip (Debian, Ubuntu: apt-get install 7zip; Fedora: dnf install 7zip; brew install sevenzip)",
    },
    note,
  ),
  await unpackedProgram(
    {
      program: "zip",
      package: "zip",
      probe: ["--version"],
      remedy: "install Info-ZIP's zip (Debian, Ubuntu: apt-get install zip; Fedora: dnf install zip; brew install zip)",
    },
    note,
  ),
];
