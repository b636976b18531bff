/**
 * `npm run bench:cost`: what of a month's bill each event causes: the real handler gets the events of docs/cost.md, its requests
 * to S3 and the journal, its log lines and metrics are counted, its time is measured over `--round-trips 0,80` milliseconds, and
 * the months of that page are added up from the prices in cost/prices.ts. About four minutes. `--out FOLDER` for the JSON.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { prepareBridge } from "./bridge.ts";
import { type Measurements, measureAll, writeFiles } from "./cost/cases.ts";
import { fanOutOf } from "./cost/fan-out.ts";
import { startMeter } from "./cost/meter.ts";
import { monthsOf, waysOut } from "./cost/month.ts";
import { prices } from "./cost/prices.ts";
import { fanOutTable, monthsTable, short, usesTable } from "./cost/tables.ts";
import { stopServers } from "./processes.ts";
import { scratchFolder } from "./scratch.ts";
import { removeLinks, startServers } from "./servers.ts";
import { setup } from "./setup.mjs";

/** Milliseconds until S3's first byte, in a region of AWS: AWS names 100 to 200 for small objects, and most see less. */
const s3Latency = 30;

const { values } = parseArgs({
  options: {
    "round-trips": { type: "string", default: "0,80" },
    out: { type: "string", default: join(import.meta.dirname, "results") },
  },
});
const roundTrips = values["round-trips"].split(",").map(Number);

const programs = await setup();
const folder = scratchFolder("cost");
const results: { roundTrip: number; measured: Measurements }[] = [];
try {
  writeFiles(join(folder, "s3/bench"), join(folder, "partner"));
  const servers = await startServers(programs, folder, roundTrips);
  const run = await prepareBridge(programs, servers, folder, {});
  const meter = await startMeter(servers.s3, s3Latency);
  for (const partner of servers.partners) {
    const measured = await measureAll({
      run,
      bucket: join(folder, "s3/bench"),
      partnerFolder: join(folder, "partner"),
      partner,
      meteredS3: meter,
    });
    results.push({ roundTrip: partner.roundTrip, measured });
    console.log(`\n### Round trip to the partner ${partner.roundTrip} ms\n\n${usesTable(measured)}`);
  }
  meter.stop();
  if (meter.unknown.length > 0) throw new Error(meter.unknown.join("\n"));
} finally {
  await stopServers();
  if (roundTrips.some((roundTrip) => roundTrip > 0)) removeLinks();
  rmSync(folder, { recursive: true, force: true });
}

const last = results.at(-1);
if (!last) throw new Error("no round trip was asked for");
const months = monthsOf(last.measured);
const ways = waysOut();
console.log(
  `\n### A month, at ${last.roundTrip} ms (prices of ${prices.region}, ${prices.at})\n\n${monthsTable(months)}\n`,
);
const { measured } = last;
const minutes = [
  fanOutOf(measured, measured["tick, 1 push stream"], 8),
  fanOutOf(measured, measured["tick, 200 push streams"], 200),
  fanOutOf(measured, measured["tick, 1,000 push streams"], 1_000),
];
console.log(`### A tick that starts further invocations, reckoned\n\n${fanOutTable(minutes)}\n`);
console.log(
  `Ways out with a fixed address: NAT gateway ${short(ways.gateway)} and ${ways.gatewayGb}/GB, NAT instance ${short(ways.instance)}; to the internet ${ways.outGb}/GB whoever sends.`,
);
console.log(`Load of the machine at the end: ${loadavg()[0]?.toFixed(1)}.`);
mkdirSync(values.out, { recursive: true });
writeFileSync(
  join(values.out, "cost.json"),
  `${JSON.stringify({ prices, results, months, minutes, ways }, undefined, 1)}\n`,
);
