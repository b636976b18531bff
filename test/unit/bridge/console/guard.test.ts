import test from "ava";
import { judge } from "../../../../bridge/src/console/guard.ts";

const door = { port: 4711, token: "a-token-that-nobody-guesses" };
const host = "127.0.0.1:4711";
const own = { host, origin: "http://127.0.0.1:4711", "content-type": "application/json" };
const url = `/${door.token}/api/jobs`;
const get = (headers: Record<string, string>, at = url, method = "GET") => judge({ method, url: at, headers }, door);
const refused = (verdict: ReturnType<typeof judge>) => ("why" in verdict ? verdict.status : undefined);

test("the page itself is answered", (t) => {
  t.like(get({ host }), { path: "api/jobs" });
  t.like(get({ host: "localhost:4711" }, `/${door.token}/`), { path: "" });
  t.like(get({ ...own, "sec-fetch-site": "same-origin" }, url, "POST"), { path: "api/jobs" });
  const verdict = get({ host }, `/${door.token}/api/files?name=a%2Fb&page=2`);
  t.is("query" in verdict ? verdict.query.get("name") : "", "a/b");
});

test("without the token, or with a part of it, nothing is", (t) => {
  for (const at of [
    "/",
    "/api/jobs",
    "//api/jobs",
    `/${door.token.slice(0, -1)}/api/jobs`,
    `/${door.token}x/`,
    `/x/${door.token}/`,
    `/${door.token}`,
  ])
    t.is(refused(get({ host }, at)), 404, at);
});

test("another name in Host is refused, whatever the token: a name that was pointed here", (t) => {
  for (const name of [
    "evil.example:4711",
    "127.0.0.1",
    "127.0.0.1:80",
    "127.0.0.1:4711.evil.example",
    "[::1]:4711",
    "",
  ])
    t.is(refused(get({ host: name })), 403, name);
  t.is(refused(get({})), 403);
});

test("another page is refused, and so is what changes something without saying where it is from", (t) => {
  for (const origin of ["http://evil.example", "null", "https://127.0.0.1:4711", "http://127.0.0.1:4712"]) {
    t.is(refused(get({ ...own, origin })), 403, origin);
    t.is(refused(get({ ...own, origin }, url, "POST")), 403, origin);
  }
  for (const site of ["cross-site", "same-site"]) t.is(refused(get({ host, "sec-fetch-site": site })), 403, site);
  t.is(refused(get({ host, "content-type": "application/json" }, url, "POST")), 403);
});

test("a form can't send anything, and there are no other methods", (t) => {
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
    t.is(refused(get({ ...own, "content-type": type }, url, "POST")), 415, type);
  for (const method of ["PUT", "DELETE", "OPTIONS", "HEAD"]) t.is(refused(get(own, url, method)), 405, method);
});
