/** Each rule of the protocol still has its line and its test: taking the rules out (`npm run test:mutations`) takes an hour. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { rules } from "../../mutations/rules/index.ts";

const root = join(import.meta.dirname, "../../..");

test("every rule's line is in its file", (t) => {
  for (const { rule, file, find, replace } of rules) {
    const source = readFileSync(join(root, "lambda/src", file), "utf8");
    t.true(source.includes(find), `${rule}: ${file} doesn't have ${JSON.stringify(find)}`);
    t.not(find, replace, rule);
  }
});

test("every rule's test is there", (t) => {
  for (const { rule, test: name } of rules)
    t.true(
      ["test/unit", "test/integration"].some((room) => existsSync(join(root, room, name))),
      `${rule}: there is no ${name}`,
    );
});

test("no two rules have one name", (t) => {
  const names = rules.map(({ rule }) => rule.split(" ")[0]);
  t.deepEqual(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  );
});
