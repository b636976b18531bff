import test from "ava";
import { createNonces } from "../../../lambda/src/journal/nonce.ts";

test("no nonce comes twice, from one source or from another, however many are asked for", (t) => {
  const [one, other] = [createNonces(), createNonces()];
  const all = Array.from({ length: 1_000 }, () => [one(), other()]).flat();
  t.is(new Set(all).size, all.length);
  t.true(all.every((text) => /^[\w-]{12}$/.test(text)));
});
