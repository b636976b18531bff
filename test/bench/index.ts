/**
 * `npm run bench`: the bridge beside other programs, against the same servers, in one run. See README.md in this folder.
 * `--quick` takes under three minutes; `--only TEXT` runs the pieces of work whose name contains it; `--round-trips 0,20`;
 * `--runs N`; `--box 512,none`: in the share of a core and the memory that a function of 512 MB has, and on the whole machine;
 * `--who TEXT`: of all of them, whose name contains it; `--peers none` leaves the others out, `--peers best` those that take minutes;
 * `--small-files N`: so many of them; `--out FOLDER` says where results go;
 * `--environments N`: of the function, to which the batches of a push go (5);
 * `--before FOLDER`: the bridge of another checkout, in turn with this one, as "…, before";
 * and with `--add` the runs that are there already stay and count, so that a long run can be made in pieces.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { describeBox, makeBoxes, whyNoBox } from "./box.ts";
import { prepareBridge } from "./bridge.ts";
import { fileSets, fullSizes, lightSizes, writeFileSet } from "./data.ts";
import { KilledForMemory, type Measured, measure, stopServers } from "./processes.ts";
import { plotOf, rowsOf, tableOf, targets } from "./report.ts";
import { removeLinks, startServers } from "./servers.ts";
import { setup } from "./setup.mjs";
import { type Contender, clear, type Figure, verify, type Work, works } from "./works.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: [] },
    runs: { type: "string" },
    "round-trips": { type: "string" },
    peers: { type: "string", default: "all" },
    who: { type: "string", default: "" },
    "small-files": { type: "string" },
    out: { type: "string", default: join(import.meta.dirname, "results") },
    env: { type: "string", multiple: true, default: [] },
    box: { type: "string" },
    before: { type: "string" },
    environments: { type: "string" },
    add: { type: "boolean", default: false },
  },
});
const { quick } = values;
const runs = Number(values.runs ?? (quick ? 1 : 3));
const roundTrips = (values["round-trips"] ?? (quick ? "0,80" : "0,20,80")).split(",").map(Number);
const chosen = works.filter(({ name }) => values.only.length === 0 || values.only.some((text) => name.includes(text)));
const maxSeconds = quick ? 60 : 900;
/**
 * Environments that a queue's batches go to, as they come: Lambda begins with five batches at one time, and `maximum_concurrency` is 5.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
const environments = Number(values.environments ?? 5);
if (!(Number.isInteger(environments) && environments >= 1)) {
  console.error("--environments takes 1 or more");
  process.exit(2);
}

const programs = await setup({ peers: values.peers !== "none" });
const noBox = whyNoBox(programs.native);
const boxes = (values.box ?? (quick ? "none" : "512,none"))
  .split(",")
  .map((one) => (one === "none" ? undefined : Number(one)))
  .filter((megabytes) => {
    if (megabytes === undefined || noBox === undefined) return true;
    console.log(
      `Skipped: a box of ${megabytes} MB, since this machine has no control groups to make it with: ${noBox}`,
    );
    return false;
  });
// Memory, so that no disk is measured.
const scratch = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
const folder = mkdtempSync(join(scratch, "bridge-bench-"));
const cleanUp = async () => {
  await stopServers();
  removeLinks();
  rmSync(folder, { recursive: true, force: true });
};
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void cleanUp().finally(() => process.exit(130)));

const figures = new Map<string, Figure>();
const idOf = ({ work, contender, roundTrip, box }: Omit<Figure, "runs" | "isBridge">) =>
  `${work} ${contender} ${roundTrip} ${box ?? "none"}`;
const failures: string[] = [];
/** Other programs that a box was too small for. */
const killed = new Set<string>();
const resultName = quick ? "quick" : "bench";
if (values.add && existsSync(join(values.out, `${resultName}.json`))) {
  const earlier = JSON.parse(readFileSync(join(values.out, `${resultName}.json`), "utf8")) as {
    figures: Figure[];
    failures: string[];
  };
  for (const one of earlier.figures) figures.set(idOf(one), one);
  failures.push(...earlier.failures);
}
const record = (
  work: string,
  contender: Contender,
  { roundTrip, box }: Pick<Figure, "roundTrip" | "box">,
  run: Measured,
  bridge?: Figure["bridge"],
) => {
  const id = idOf({ work, contender: contender.name, roundTrip, box });
  const before = figures.get(id);
  figures.set(id, {
    work,
    contender: contender.name,
    isBridge: contender.bridge !== undefined,
    roundTrip,
    ...(box !== undefined && { box }),
    runs: [...(before?.runs ?? []), { wall: run.wall, cpu: run.cpu, memory: run.memory }],
    ...(bridge && { bridge }),
  });
  const more = bridge
    ? `, journal ${bridge.journal.requests} requests, ${bridge.journal.writes} writes (${bridge.journal.writeUnits} units)`
    : "";
  console.log(
    `${describeBox(box)}, ${String(roundTrip).padStart(3)} ms  ${work}: ${contender.name}: ${run.wall.toFixed(2)} s, CPU ${run.cpu.toFixed(2)} s, ${(run.memory / 1e6).toFixed(0)} MB${more}`,
  );
};

try {
  const sizes = quick ? lightSizes : fullSizes;
  const sets = fileSets({ ...sizes, smallFiles: Number(values["small-files"] ?? sizes.smallFiles) });
  const [bucket, partnerFolder] = [join(folder, "s3/bench"), join(folder, "partner")];
  console.log(`Writing files to ${folder}`);
  for (const name of new Set(chosen.map(({ set }) => set))) writeFileSet(sets[name], bucket, partnerFolder);
  const servers = await startServers(programs, folder, roundTrips);
  const environment = Object.fromEntries(
    values.env.map((pair) => pair.split(/=(.*)/s).slice(0, 2) as [string, string]),
  );
  const runBridge = await prepareBridge(programs, servers, folder, environment);
  const runBefore = values.before && (await prepareBridge(programs, servers, folder, environment, values.before));

  let count = 0;
  const contend = async (work: Work, contender: Contender, roundTrip: number, box: number | undefined) => {
    const partner = servers.partners.find((one) => one.roundTrip === roundTrip);
    if (!partner) throw new Error(`no link of ${roundTrip} ms`);
    const set = sets[work.set];
    const target = `to-${++count}`;
    const common = { set, partner, target };
    try {
      if (contender.bridge) {
        const { direction } = work;
        const untilDone = direction === "push";
        const run = {
          ...common,
          ...contender.bridge,
          direction,
          environments,
          timeout: maxSeconds,
          box,
          untilDone,
        };
        const result = await (contender.before && runBefore ? runBefore : runBridge)(run);
        record(work.name, contender, { roundTrip, box }, result, result);
      } else if (contender.command) {
        const command = contender.command({ ...common, programs, servers, folder });
        const env = { LD_LIBRARY_PATH: programs.openssh.libraries };
        const options = { native: programs.native, folder, timeout: maxSeconds, env };
        const boxed = makeBoxes(programs.native, box);
        try {
          record(work.name, contender, { roundTrip, box }, await measure([...boxed.next(), ...command], options));
        } finally {
          boxed.remove();
        }
      }
      const [from, to] =
        work.direction === "push"
          ? [join(bucket, work.set), join(partnerFolder, target)]
          : [join(partnerFolder, work.set), join(bucket, target)];
      if (!work.lists) verify(set, from, to);
      clear(to);
    } catch (error) {
      clear(join(partnerFolder, target));
      clear(join(bucket, target));
      if (error instanceof KilledForMemory && !contender.bridge) {
        console.log(`${describeBox(box)}, ${roundTrip} ms  ${work.name}: ${contender.name}: killed, out of memory`);
        killed.add(idOf({ work: work.name, contender: contender.name, roundTrip, box }));
        return;
      }
      const message = `${describeBox(box)}, ${roundTrip} ms, ${work.name}, ${contender.name}: ${error instanceof Error ? error.message : String(error)}`;
      failures.push(message);
      console.error(message);
    }
  };

  /** After each turn, so that a run that is ended early isn't lost. Returns the table. */
  const save = (): string => {
    const rows = rowsOf([...figures.values()], works, sets);
    const table = tableOf(rows);
    const machine = {
      cpus: cpus().length,
      model: cpus()[0]?.model,
      memory: totalmem(),
      kernel: release(),
      load: loadavg(),
    };
    mkdirSync(values.out, { recursive: true });
    const name = resultName;
    const at = new Date().toISOString();
    writeFileSync(
      join(values.out, `${name}.json`),
      `${JSON.stringify({ at, machine, node: process.version, runs, targets, rows, figures: [...figures.values()], killed: [...killed], failures }, undefined, 1)}\n`,
    );
    writeFileSync(join(values.out, `${name}.md`), `${table}\n`);
    writeFileSync(join(values.out, `${name}.svg`), plotOf(rows));
    return table;
  };

  const bare: Contender = { name: "bare TCP" };
  for (let turn = 0; turn < runs; turn++) {
    for (const roundTrip of roundTrips) {
      const at = servers.partners.find((one) => one.roundTrip === roundTrip)?.pipe ?? "";
      for (const direction of ["up", "down"]) {
        if (!chosen.some(({ set }) => set === "large" || set === "mixed")) continue;
        const seconds = execFileSync(programs.native, [
          "pipe",
          direction,
          at,
          String(sets.large.files.get("large.dat")),
        ]);
        record(`link ${direction}`, bare, { roundTrip }, { wall: Number(seconds), cpu: 0, memory: 0 });
      }
      for (const work of chosen) {
        for (const box of boxes) {
          const pairs = (one: Contender) =>
            one.bridge && values.before ? [one, { ...one, name: `${one.name}, before`, before: true }] : [one];
          const order = work.contenders.flatMap(pairs);
          // Who comes second finds a machine that is warmer, or more tired: it takes turns.
          if (turn % 2 === 1) order.reverse();
          for (const contender of order) {
            if (contender.slow && (quick || values.peers === "best" || (turn > 0 && roundTrip > 0))) continue;
            if (roundTrip > (contender.upTo ?? Number.POSITIVE_INFINITY)) continue;
            if (!contender.bridge && values.peers === "none") continue;
            if (!contender.name.includes(values.who)) continue;
            await contend(work, contender, roundTrip, box);
          }
        }
      }
      save();
    }
  }

  const table = save();
  console.log(`\n${table}\n`);
  console.log(
    `Load of the machine at the end: ${loadavg()
      .map((one) => one.toFixed(1))
      .join(", ")}. Results: ${values.out}`,
  );
} finally {
  await cleanUp();
}
if (failures.length > 0) {
  console.error(`${failures.length} runs failed:\n${failures.join("\n")}`);
  process.exitCode = 1;
}
