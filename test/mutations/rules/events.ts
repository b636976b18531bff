/** Rules that are kept in lambda/src/events, and in the journal for their sake. */
import type { Rule } from "./rule.ts";

const outbox = "events/outbox.test.ts";

export const eventsRules: readonly Rule[] = [
  {
    rule: "E1 the write that ends an entry notes its event",
    file: "journal/entry-writes.ts",
    find: "derived({ ...entry, rev: revision, ...due },",
    replace: "derived({ ...entry, rev: revision },",
    test: outbox,
  },
  {
    rule: "E2 a tick sends what a run didn't live to send",
    file: "runs/due-events.ts",
    find: "await outbox.sendDue(() => deadline.isClosing())",
    replace: "await outbox.sendDue(() => true)",
    test: outbox,
  },
  {
    rule: "E3 a note goes only once its event was taken",
    file: "events/batches.ts",
    find: "const reasons = await put(known.map(({ event }) => event));",
    replace: "await Promise.all(items.map(clear));\n    const reasons = await put(known.map(({ event }) => event));",
    test: outbox,
  },
  {
    rule: "E4 taking a note away leaves the entry to who works on it",
    file: "events/batches.ts",
    find: "{ ...item, event_due: undefined }",
    replace: '{ ...item, event_due: undefined, rev: item.rev.concat("+") }',
    test: outbox,
  },
  {
    rule: "E5 an event is kept although its file goes on",
    file: "journal/entry-writes.ts",
    find: 'await table.put(waitingEvent(before), "absent");',
    replace: "",
    test: outbox,
  },
  {
    rule: "E6 a host key that is announced again and again is told of once in a while",
    file: "journal/announced-keys.ts",
    find: "until > now && until <= now + quietFor) continue;",
    replace: "until < 0) continue;",
    test: outbox,
  },
];
