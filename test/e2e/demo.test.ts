/** What a user does to `npm run demo` in the middle of it. The demo as a whole is a step of `.ci/run`. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import test from "ava";
import { repository } from "../stack/tools.ts";

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => socket.destroy()).on("close", (failed) => resolve(!failed));
    socket.on("error", () => undefined);
  });

for (const signal of ["SIGINT", "SIGTERM"] as const)
  test(`${signal} to the demo's own process alone stops everything that it started`, async (t) => {
    const demo = spawn(process.execPath, ["scripts/demo.mjs"], {
      cwd: repository,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines: string[] = [];
    const ports: number[] = [];
    for await (const line of createInterface({ input: demo.stdout })) {
      lines.push(line);
      ports.push(...[...line.matchAll(/(?:AWS at \S+:|at port )(\d+)/g)].map(([, port]) => Number(port)));
      if (/terraform apply of examples/.test(line)) demo.kill(signal);
    }
    const code = demo.exitCode ?? (await once(demo, "exit"))[0];
    t.is(code, 130, lines.join("\n"));
    t.true(lines.includes("Stopping …"), lines.join("\n"));
    t.is(ports.length, 3, lines.join("\n"));
    for (const port of ports) t.false(await isListening(port), `port ${port} is still open`);
  });
