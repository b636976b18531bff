// A browser without a window, in which the console's page is tried. Debian's package, unpacked into the cache where the machine has none.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { cached } from "./cache.mjs";
import { libraryFolder, unpackPackages } from "./debian.mjs";
import { step } from "./report.mjs";
import { run, which } from "./run.mjs";

/** The first is needed; the others are libraries that a machine without a desktop lacks, under the names of several releases. */
const packages = [
  "chromium-headless-shell",
  "chromium-common",
  ...[
    "libasound2",
    "libasound2t64",
    "libasyncns0",
    "libatk1.0-0",
    "libatk1.0-0t64",
    "libatspi2.0-0",
    "libatspi2.0-0t64",
  ],
  ...["libdav1d6", "libdav1d7", "libdouble-conversion3", "libflac12", "libflac12t64", "libgbm1", "libharfbuzz-subset0"],
  ...["liblcms2-2", "libminizip1", "libminizip1t64", "libmp3lame0", "libmpg123-0", "libnspr4", "libnss3", "libogg0"],
  ...[
    "libopenh264-7",
    "libopenh264-8",
    "libopenjp2-7",
    "libopus0",
    "libpulse0",
    "libsndfile1",
    "libvorbis0a",
    "libvorbisenc2",
  ],
  ...["libxcomposite1", "libxdamage1", "libxfixes3", "libxkbcommon0", "libxnvctrl0", "libxrandr2", "fonts-dejavu-core"],
];

/** Those without which it doesn't start: where one isn't there, the program says so by itself. */
const remedy = "install Chromium (Debian, Ubuntu: apt-get install chromium-headless-shell)";

/** `{ program, libraries }`: the browser, and a value for LD_LIBRARY_PATH or "". */
export const provideChromium = () =>
  step("Chromium", async (note) => {
    const found = await which("chromium-headless-shell");
    if (found) return { program: found, libraries: "" };
    const programIn = (folder) => {
      const libraries = libraryFolder(join(folder, "root"), /libopus\.so/);
      return {
        program: join(folder, "root/usr/lib/chromium/chromium-headless-shell"),
        libraries: libraries && `${libraries}:${join(libraries, "pulseaudio")}`,
      };
    };
    const folder = await cached("chromium", note, async (work) => {
      await unpackPackages(work, packages, note, remedy);
      const { program, libraries } = programIn(work);
      // Its data and libraries show only where a page is made.
      await run(program, ["--no-sandbox", "--disable-gpu", "--dump-dom", "about:blank"], {
        env: { LD_LIBRARY_PATH: libraries },
      }).catch((error) => {
        const packed = readdirSync(join(work, "packages")).length;
        throw new Error(`the unpacked Chromium (${packed} packages) does not run (${error.message}): ${remedy}`);
      });
    });
    return programIn(folder);
  });
