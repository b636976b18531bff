/** The event that docs/events.md shows is one by the schema. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { repository } from "../../stack/tools.ts";

const read = (path: string) => readFileSync(join(repository, path), "utf8");

test("the event of docs/events.md has the schema's fields, those that there have to be and no others", (t) => {
  const [, text = ""] = /^```json\n([\s\S]*?)^```/m.exec(read("docs/events.md")) ?? [];
  const event = JSON.parse(text) as { "detail-type": string; detail: Record<string, unknown> };
  const { properties } = JSON.parse(read("schemas/event.json"));
  for (const name of Object.keys(event)) t.true(name in properties, name);
  const { required, properties: fields } = properties.detail;
  t.deepEqual(
    Object.keys(event.detail).filter((name) => !(name in fields)),
    [],
  );
  t.deepEqual(
    required.filter((name: string) => !(name in event.detail)),
    [],
  );
  for (const [name, value] of Object.entries(event.detail)) {
    const { type } = fields[name] as { readonly type?: string };
    if (type !== undefined) t.is(typeof value as string, type === "integer" ? "number" : type, name);
  }
});
