/**
 * Tries servers of other makes, which no test starts: `SERVERS=FILE npx ava --config test/servers/by-hand/ava.config.js`.
 * FILE holds a list of what `Given` has. They need a folder that is empty; what is made there stays.
 */
import { readFileSync } from "node:fs";
import test from "ava";
import { cases } from "../cases.ts";
import { filesIn, type TestedServer } from "../server.ts";
import { hostKeyAt } from "../transfer-family.ts";
import { matrix } from "./matrix.ts";
import { filesOverSftp } from "./over-sftp.ts";

interface Given {
  readonly name: string;
  readonly port: number;
  readonly username: string;
  readonly password?: string;
  /** The file of a private key. */
  readonly key?: string;
  /** The folder of this machine that a log-in sees; without it, the files are looked at over SFTP. */
  readonly root?: string;
}

/** `CELLS`: titles of some, with semicolons between. */
const cells = (process.env["CELLS"] ?? "all").split(";");
const given = JSON.parse(readFileSync(process.env["SERVERS"] ?? "servers.json", "utf8")) as readonly Given[];

for (const { name, port, username, password, key, root } of given) {
  const logIn = {
    port,
    username,
    ...(password !== undefined && { password }),
    ...(key !== undefined && { privateKey: readFileSync(key, "utf8") }),
  };
  const server = async (): Promise<TestedServer> => ({
    ...logIn,
    fingerprint: await hostKeyAt(port),
    files: root === undefined ? filesOverSftp({ host: "127.0.0.1", ...logIn }) : filesIn(root),
    stop: async () => {},
  });
  for (const { title, run } of matrix().filter(({ title }) => cells.includes("all") || cells.includes(title)))
    test.serial(`${name}: ${title}`, async (t) => run(t, await server()));
  // `CASES=none`: the matrix alone, which says the most in the least time.
  for (const { title, run } of process.env["CASES"] === "none" ? [] : cases) {
    if (/24 MiB|^what the server tells|^log-in|^a connection takes/.test(title)) continue;
    const facts = {
      name,
      start: server,
      methods: [],
      extensions: [],
      roundTrips: { first: 0, later: 0 },
      resumes: false,
      settings: {},
      remark: "",
    };
    test.serial(`${name}: ${title}`, async (t) => run(t, await server(), facts));
  }
}
