// PuTTY's key program: keys in its format are made and converted with it in tests. A Debian package, unpacked into the cache
// where the machine has none.
import { unpackedProgram } from "./debian.mjs";

/** The path of `puttygen`. */
export const providePuttygen = (note) =>
  unpackedProgram(
    {
      program: "puttygen",
      package: "putty-tools",
      folder: "putty",
      probe: ["--version"],
      remedy:
        "install PuTTY's tools (Debian, Ubuntu: apt-get install putty-tools; Fedora: dnf install putty; brew install putty)",
    },
    note,
  );
