import test from "ava";
import { requestHead } from "../../../lambda/src/aws/http-text.ts";

test("a request's head: method, path and query, and the headers in their order", (t) => {
  const headers = { host: "h", "x-a": "1  2" };
  t.is(
    requestHead({ method: "PUT", path: "/a%20b", query: "p=1" }, headers),
    "PUT /a%20b?p=1 HTTP/1.1\r\nhost: h\r\nx-a: 1  2\r\n\r\n",
  );
  t.is(requestHead({ method: "GET", path: "/", query: "" }, {}), "GET / HTTP/1.1\r\n\r\n");
});

test("nothing that isn't plain ASCII in one line goes into it", (t) => {
  const plain = { method: "GET" as const, path: "/", query: "" };
  for (const odd of ["a\r\nb: c", "a\nb", "a\rb", "é", "\0", "a\tb"]) {
    t.is(requestHead(plain, { host: "h", "x-a": odd, "x-b": "1" }), undefined, JSON.stringify(odd));
    t.is(requestHead(plain, { [odd]: "1" }), undefined, JSON.stringify(odd));
    t.is(requestHead({ ...plain, path: odd }, {}), undefined, JSON.stringify(odd));
    t.is(requestHead({ ...plain, query: odd }, {}), undefined, JSON.stringify(odd));
  }
});
