/** What CI runs of others is named by what it is: a tag can be moved to other code, the hash of a commit can't. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";

const folder = join(import.meta.dirname, "../../../.github/workflows");

/** https://docs.github.com/en/actions/reference/security/secure-use#using-third-party-actions */
const pinned = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;

for (const name of readdirSync(folder))
  test(`each action of ${name} is named by the hash of its commit, with its version beside it`, (t) => {
    const uses = [...readFileSync(join(folder, name), "utf8").matchAll(/^\s*-?\s*uses:\s*(.+?)\s*$/gm)].map(
      ([, one = ""]) => one,
    );
    t.true(uses.length > 0);
    for (const one of uses) t.true(pinned.test(one) || one.startsWith("./"), one);
  });
