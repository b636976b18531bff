/** What `npm run demo -- --break` tells, with a bridge that is made up. With the real one: a step of `.ci/run`. */
import test from "ava";
import { type Night, night } from "../../../../scripts/demo/night.ts";

/** A night in which the alarm is red from the second minute after the break until `lasts` minutes after the mending. */
const scene = ({ lasts = 80, turnsRed = true, redrive = 0 } = {}) => {
  const told: string[] = [];
  let broken = false;
  let minutes = 0;
  let red = false;
  let ticked = 0;
  const steps: string[] = [];
  const given: Night = {
    onCall: {
      alarms: async () => ({ "acme/errors": red ? "ALARM" : "OK", tick: minutes - ticked > 9 ? "ALARM" : "OK" }),
      bridge: async (...args) => {
        steps.push(args[0] ?? "");
        return {
          status: args[0] === "redrive" ? redrive : args[0] === "check" && broken ? 1 : 0,
          out: `out of ${args[0]}\n`,
        };
      },
      minutes: async (count, { tick = true } = {}) => {
        minutes += count;
        if (tick) ticked = minutes;
        if (broken) red = turnsRed && minutes >= 2;
        else red = minutes < lasts;
      },
      notifications: async () => [
        { AlarmName: "b/acme/errors", AlarmDescription: "look here", NewStateValue: "ALARM", OldStateValue: "OK" },
      ],
    },
    breakage: {
      stream: "acme",
      what: "acme breaks",
      happen: async () => {
        broken = true;
        steps.push("happen");
      },
      mend: {
        first: "acme is called.",
        typed: ["$ terraform apply"],
        done: async () => {
          broken = false;
          minutes = 0;
          ticked = 0;
          steps.push("mend");
        },
      },
    },
    order: { name: "order.csv", put: async () => void steps.push("put") },
    delivered: async () => void steps.push("delivered"),
    say: (line) => void told.push(line),
  };
  return { given, told, steps };
};

test("it breaks, the alarm turns red, somebody mends it, the file goes, and the alarm turns green", async (t) => {
  const { given, told, steps } = scene();
  await night(given);
  t.deepEqual(steps, ["happen", "put", "status", "check", "mend", "check", "redrive", "delivered"]);
  const at = (line: string) => {
    t.true(told.includes(line), `${line} is missing:\n${told.join("\n")}`);
    return told.indexOf(line);
  };
  const inOrder = [
    at("● ALARM  acme/errors"),
    at("The mail says: look here"),
    at("$ bridge status --stream acme"),
    at("acme is called."),
    at("$ terraform apply"),
    at("$ bridge redrive --stream acme"),
    at("● OK     acme/errors, 80 minutes later"),
    at("No alarm is red."),
  ];
  t.deepEqual(
    inOrder,
    inOrder.toSorted((one, other) => one - other),
  );
});

test("a night that doesn't go as it should is no demo", async (t) => {
  await t.throwsAsync(night(scene({ turnsRed: false }).given), { message: /acme\/errors isn't red after 12 minutes/ });
  await t.throwsAsync(night(scene({ lasts: 500 }).given), { message: /still red after 100 minutes/ });
  await t.throwsAsync(night(scene({ redrive: 1 }).given), { message: "the redrive of acme failed" });
});
