import test from "ava";
import type { Measurements } from "../../bench/cost/cases.ts";
import { fanOutOf } from "../../bench/cost/fan-out.ts";
import { operationOf } from "../../bench/cost/meter.ts";
import { billedMetrics, costOf, sum } from "../../bench/cost/month.ts";
import { prices } from "../../bench/cost/prices.ts";
import { billedRequests, metricsOf, onLambda, total, type Use, usesOf } from "../../bench/cost/use.ts";

test("a request to S3 is known by what it is billed as", (t) => {
  const of = (method: string, url: string, headers = {}) => operationOf(method, url, headers);
  t.is(of("GET", "/bench/small/00001.dat"), "get");
  t.is(of("GET", "/bench/config-3.json"), "get configuration");
  t.is(of("GET", "/bench/user-key"), "get secret");
  t.is(of("GET", "/bench?list-type=2&prefix=a%2Fb"), "list");
  t.is(of("GET", "/bench?uploads&prefix=in%2F"), "list");
  t.is(of("GET", "/bench/a?uploadId=x"), "list");
  t.is(of("HEAD", "/bench/a"), "head");
  t.is(of("PUT", "/bench/a"), "put");
  t.is(of("PUT", "/bench/a", { "x-amz-copy-source": "/bench/b" }), "copy");
  t.is(of("PUT", "/bench/a?partNumber=3&uploadId=x"), "part");
  t.is(of("POST", "/bench/a?uploads"), "create");
  t.is(of("POST", "/bench/a?uploadId=x"), "complete");
  t.is(of("DELETE", "/bench/a?uploadId=x"), "abort");
  t.throws(() => of("OPTIONS", "/bench/a"), { message: /say in meter.ts what it is billed as/ });
});

test("listing, parts and completion cost as PUT does, and giving up costs nothing", (t) => {
  t.deepEqual(billedRequests({ list: 1, create: 1, part: 20, complete: 1, abort: 5, get: 2, head: 3 }), {
    put: 23,
    get: 5,
  });
});

test("on Lambda waiting takes as long, and computing 3.5 times as long with 512 MB", (t) => {
  const { least, most } = onLambda({ wall: 1.5, cpu: 0.5 });
  t.is(least.toFixed(3), "1.728");
  t.is(most.toFixed(3), "2.728");
  // Several threads: more CPU time than wall time.
  t.is(onLambda({ wall: 1, cpu: 2 }).most.toFixed(2), "6.91");
});

test("metrics are told apart by name and stream", (t) => {
  const line = (names: string[], stream?: string) =>
    JSON.stringify({ _aws: { CloudWatchMetrics: [{ Metrics: names.map((Name) => ({ Name })) }] }, stream });
  t.deepEqual(metricsOf(line(["s3-to-sftp", "s3-to-sftp-bytes"], "acme")), [
    "s3-to-sftp acme",
    "s3-to-sftp-bytes acme",
  ]);
  t.deepEqual(metricsOf(line(["ticks"])), ["ticks "]);
  t.deepEqual(metricsOf('{"level":"INFO","message":"Delivered"}'), []);
});

test("a metric without a stream is billed once, whatever the number of streams", (t) => {
  t.is(billedMetrics([], 200), 1);
  t.is(billedMetrics(["ticks ", "connections-not-post-quantum ", "files a", "bytes a", "files a"], 200), 402);
});

const journal = (requests: number, writeUnits: number) => ({ requests, writeUnits, readUnits: 0, bytes: 0 });

test("an invocation used what the meters tell more after it than before, and the first one has the start", (t) => {
  const invocation = (requests: number, get: number, lines: string[]) => ({
    begunAt: 0,
    milliseconds: 125,
    cpuMs: 10,
    meters: [journal(requests, requests * 2), { get }],
    lines,
  });
  const uses = usesOf({
    startMs: 50,
    loadMs: 75,
    startCpuMs: 180,
    metersBefore: [journal(1, 2), {}],
    invocations: [invocation(4, 1, ["a line"]), invocation(9, 3, [])],
    journal: { requests: 9, writes: 0, writeUnits: 18, reads: 0, readUnits: 0, open: 0, items: 0, bytes: 0 },
    wall: 1,
    cpu: 1,
    memory: 1,
  });
  t.like(uses[0], { wall: 0.25, cpu: 0.19, journalRequests: 3, writeUnits: 6, s3: { get: 1 }, logLines: 4 });
  t.like(uses[1], { wall: 0.125, cpu: 0.01, journalRequests: 5, writeUnits: 10, s3: { get: 2 }, logLines: 3 });
  t.is((uses[0]?.logBytes ?? 0) - (uses[1]?.logBytes ?? 0), "a line".length + 26 + 29);
  t.like(total(uses, 4), { wall: 0.09375, invocations: 0.5, writeUnits: 4, s3: { get: 0.75 } });
});

test("a month is the sum of its events at the prices of the list", (t) => {
  const use: Use = {
    wall: 1,
    cpu: 0,
    invocations: 1,
    journalRequests: 4,
    writeUnits: 7,
    readUnits: 2,
    journalBytes: 0,
    s3: { get: 1, part: 2 },
    logLines: 1,
    logBytes: 400,
    metrics: [],
  };
  const costs = costOf(use, 1e6);
  t.is(costs.function.toFixed(2), "6.87"); // 0.2 for the requests, 500,000 GB-seconds
  t.is(costs.journal.toFixed(3), "4.625");
  t.is(costs.s3AndEvents.toFixed(1), "10.4");
  t.is(costs.logs.toFixed(1), "0.2");
  t.is(sum(costs).toFixed(2), "22.09");
  t.is(prices.region, "us-east-1");
});

test("a tick that starts invocations is one for each further eight partners, up to its most, with a start and two units for each", (t) => {
  const use = (wall: number, cpu: number, units: number): Use => ({
    wall,
    cpu,
    invocations: 1,
    journalRequests: units,
    writeUnits: units,
    readUnits: units,
    journalBytes: 0,
    s3: { get: units },
    logLines: 0,
    logBytes: 0,
    metrics: [],
  });
  const measured = {
    "small file pushed by itself": use(1, 0.05, 10),
    "tick, 1 push stream": use(0.01, 0, 0),
    "tick, a fresh environment": use(0.21, 0.2, 0),
  } as unknown as Measurements;
  const of = (partners: number) => fanOutOf(measured, measured["tick, 1 push stream"], partners);
  t.deepEqual(
    [1, 8, 9, 16, 17, 200, 1_000, 1_608, 5_000].map((n) => of(n).invocations),
    [1, 1, 2, 2, 3, 25, 125, 201, 201],
  );
  t.like(of(8), { journalRequests: 80, writeUnits: 80, readUnits: 80, s3Requests: 80 });
  // 16 partners: their pauses and leases are one request of 32 units, and eight look twice for 1.5 units before they begin.
  t.like(of(16), { journalRequests: 160 + 1 + 16, writeUnits: 160, readUnits: 160 + 32 + 12, s3Requests: 160 + 9 });
  // 0.95 s of waiting and eight times 0.05 s of CPU, at 0.29 of a processor; half a GB.
  t.is(of(8).gbSeconds.toFixed(3), ((0.01 + 0.95 + (8 * 0.05 * 1769) / 512) / 2).toFixed(3));
  t.is(of(8).alone, of(8).dollars);
  t.true(of(200).dollars > of(200).alone);
});
