// A night on call: something breaks, its alarm turns red, somebody mends it, and the alarm turns green.
import type { OnCall } from "../../test/e2e/helpers/on-call.ts";
import type { Breakage } from "./breakages.ts";
import { colour } from "./screen.ts";

/** After so many minutes an alarm that isn't red doesn't turn red any more. */
const untilRed = 12;
/** Errors count for 80 minutes (modules/monitoring/alarms.tf); the alarm is looked at each minute. */
const untilGreen = 100;
/** The bridge ticks once in so many minutes while CloudWatch's clock is put forward: its alarm wants one in ten. */
const step = 5;

export type Night = {
  readonly onCall: Pick<OnCall, "alarms" | "bridge" | "minutes" | "notifications">;
  readonly breakage: Breakage;
  /** Puts the file that can't be delivered now. */
  readonly order: { readonly name: string; readonly put: () => Promise<void> };
  /** Resolves once the file is at the partner, whole. */
  readonly delivered: () => Promise<void>;
  readonly say: (line: string) => void;
};

/** Tells the whole of it; throws where an alarm doesn't turn red, a command fails, or it doesn't turn green. */
export async function night({ onCall, breakage, order, delivered, say }: Night): Promise<void> {
  const { stream, mend } = breakage;
  const alarm = `${stream}/errors`;
  const isRed = async () => (await onCall.alarms())[alarm] === "ALARM";
  const show = async (...command: string[]) => {
    say(`$ bridge ${command.join(" ")}`);
    const { out, status } = await onCall.bridge(...command);
    for (const line of out.trimEnd().split("\n")) say(`    ${line}`);
    return status;
  };

  await breakage.happen();
  await order.put();
  say(`An order for ${stream} is put into S3: ${order.name}`);
  let minutes = 0;
  while (!(await isRed())) {
    if (minutes++ === untilRed) throw new Error(`the alarm ${alarm} isn't red after ${untilRed} minutes`);
    await onCall.minutes(1);
  }
  say(colour("red", `● ALARM  ${alarm}`));
  const mail = (await onCall.notifications()).findLast(
    ({ AlarmName, NewStateValue }) => AlarmName.endsWith(`/${alarm}`) && NewStateValue === "ALARM",
  );
  if (mail === undefined) throw new Error(`nobody was told of the alarm ${alarm}`);
  say(`The mail says: ${mail.AlarmDescription}`);
  say("");
  say("So the engineer on call types:");
  await show("status", "--stream", stream);
  await show("check", "--stream", stream);
  say("");
  say(mend.first);
  for (const line of mend.typed) say(line);
  await mend.done();
  if ((await show("check", "--stream", stream)) !== 0)
    throw new Error(`${stream} is mended, and the check still fails`);
  say("The order needn't wait for its next attempt:");
  if ((await show("redrive", "--stream", stream)) !== 0) throw new Error(`the redrive of ${stream} failed`);
  await delivered();
  say("");
  say(
    "The alarm outlasts the pauses between two attempts, so that it doesn't come and go. CloudWatch's clock is put forward:",
  );
  for (minutes = 0; await isRed(); minutes += step) {
    if (minutes >= untilGreen) throw new Error(`the alarm ${alarm} is still red after ${minutes} minutes`);
    await onCall.minutes(step - 1, { tick: false });
    await onCall.minutes(1);
  }
  say(colour("green", `● OK     ${alarm}, ${minutes} minutes later`));
  const red = Object.entries(await onCall.alarms()).flatMap(([name, state]) => (state === "ALARM" ? [name] : []));
  say(red.length === 0 ? "No alarm is red." : `Still red: ${red.join(", ")}`);
}
