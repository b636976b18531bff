import { request } from "node:http";
import test from "ava";
import { createApi } from "../../../../bridge/src/console/api.ts";
import { readConsoleArguments } from "../../../../bridge/src/console/arguments.ts";
import { serve } from "../../../../bridge/src/console/server.ts";
import { apiOf, readerOf } from "../../../helpers/console.ts";
import { push, stream } from "../../../helpers/streams.ts";
import { createWorld } from "../../../helpers/world.ts";

interface Got {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

const ask = (address: string, headers: Record<string, string> = {}, body?: string): Promise<Got> =>
  new Promise((resolve, reject) => {
    const sent = request(address, { method: body === undefined ? "GET" : "POST", headers }, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    sent.on("error", reject);
    sent.end(body);
  });

const started = async (t: { teardown: (after: () => Promise<void>) => void }, asked: unknown[] = []) => {
  const world = createWorld(stream({ push }));
  const server = await serve(
    new Map([["index.html", new TextEncoder().encode("<!doctype html>")]]),
    apiOf(world, readerOf([]), asked),
    0,
  );
  t.teardown(server.stop);
  const { origin } = new URL(server.address);
  const post = (body: unknown) =>
    ask(`${server.address}api/jobs`, { origin, "content-type": "application/json" }, JSON.stringify(body));
  const done = async (id: string): Promise<{ state: string; answer?: unknown; error?: string }> => {
    for (;;) {
      const job = JSON.parse((await ask(`${server.address}api/jobs/${id}`)).body);
      if (job.state !== "running") return job;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  return { server, world, origin, post, done };
};

test("it listens on 127.0.0.1 alone, each time with another long token", async (t) => {
  const [one, other] = [await started(t), await started(t)];
  t.regex(one.server.address, /^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/$/);
  t.not(new URL(one.server.address).pathname, new URL(other.server.address).pathname);
});

test("the page has no room for anything inline or from elsewhere, and isn't kept", async (t) => {
  const { server, origin } = await started(t);
  for (const address of [
    server.address,
    `${server.address}api/streams`,
    `${server.address}api/nothing`,
    `${origin}/`,
  ]) {
    const { headers } = await ask(address);
    const policy = String(headers["content-security-policy"]);
    t.regex(policy, /^default-src 'none';/);
    t.notRegex(policy, /unsafe|\*|https?:/);
    t.regex(policy, /frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'$/);
    t.like(headers, {
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    });
  }
});

test("without the token, under another name and from another page nothing is answered or done", async (t) => {
  const asked: unknown[] = [];
  const { server, origin } = await started(t, asked);
  t.is((await ask(`${origin}/api/streams`)).status, 404);
  t.is((await ask(`${server.address}api/streams`, { host: "evil.example" })).status, 403);
  const type = { "content-type": "application/json" };
  const body = JSON.stringify({ action: "redrive", request: { stream: "acme" } });
  t.is((await ask(`${server.address}api/jobs`, { ...type, origin: "http://evil.example" }, body)).status, 403);
  t.is((await ask(`${server.address}api/jobs`, type, body)).status, 403);
  t.deepEqual(asked, []);
});

test("only the actions that have a button, with their own parameters, by the alias that offers them", async (t) => {
  const asked: unknown[] = [];
  const { post, done } = await started(t, asked);
  for (const body of [
    { action: "forget-traits", request: { stream: "acme" } },
    { action: "drain", request: {} },
    { action: "redrive", request: { stream: "acme", force: true } },
    { action: "redrive", request: { stream: 7 } },
    { action: "read", scope: "everything" },
    [],
    null,
  ])
    t.is((await post(body)).status, 400, JSON.stringify(body));
  t.deepEqual(asked, []);
  const begun = await post({ action: "redrive", request: { stream: "acme" } });
  t.like(await done(JSON.parse(begun.body).id), { state: "done", answer: { ok: true, action: "redrive" } });
  await done(JSON.parse((await post({ action: "dry-run", request: { stream: "acme" } })).body).id);
  t.like(asked, [
    { functionName: "partner-files:operate", action: "redrive", stream: "acme" },
    { functionName: "partner-files:read", action: "dry-run", stream: "acme" },
  ]);
});

test("a poll is asked for as a poll", async (t) => {
  const asked: unknown[] = [];
  const { post, done } = await started(t, asked);
  const { id } = JSON.parse((await post({ action: "poll", request: { stream: "acme" } })).body);
  await done(id);
  t.like(asked, [{ functionName: "partner-files:operate", action: "poll", streams: ["acme"] }]);
});

test("names go out as JSON, never as a page", async (t) => {
  const { server, world } = await started(t);
  world.put("bucket", "out/</script><img src=x onerror=alert(1)>", "x");
  const { headers, body } = await ask(`${server.address}api/history?stream=acme&path=%3Cimg%3E`);
  t.is(headers["content-type"], "application/json");
  t.like(JSON.parse(body), { ok: true, found: false });
});

test("what can't be read says so, and the console goes on", async (t) => {
  const api = createApi({
    functionName: "f",
    invoke: async () => {
      throw Object.assign(new Error("no"), { name: "AccessDeniedException" });
    },
    cloudwatch: { send: async () => ({}) } as never,
    journal: async () => {
      throw new Error("Which table the journal is isn't known: --table");
    },
    now: Date.now,
  });
  const server = await serve(new Map(), api, 0);
  t.teardown(server.stop);
  const { status, body } = await ask(`${server.address}api/streams`);
  t.is(status, 502);
  t.regex(JSON.parse(body).error, /lambda:InvokeFunction/);
  t.is((await ask(`${server.address}api/files`)).status, 200);
});

test("a long request is refused", async (t) => {
  const { post } = await started(t);
  t.is((await post({ action: "redrive", request: { stream: "x".repeat(70_000) } })).status, 400);
});

test("options", (t) => {
  t.like(readConsoleArguments(["--function", "f", "--port", "8080", "--table", "t"], {}), {
    functionName: "f",
    port: 8080,
    table: "t",
  });
  t.is(readConsoleArguments([], { BRIDGE_FUNCTION: "g" }).functionName, "g");
  for (const args of [[], ["--port", "x", "--function", "f"], ["--host", "0.0.0.0"], ["acme"]])
    t.throws(() => readConsoleArguments(args, {}), { name: "UsageError" });
});
