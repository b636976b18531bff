import { isDayOff, isOpenAt } from "../calendar/windows.ts";
import { partnerOf } from "../config/types.ts";
import { readHealthAhead } from "../drain/health-ahead.ts";
import { drainAll, type Invocation } from "../invocation.ts";
import { requestPoll } from "../journal/polls.ts";

/** An event names a stream that can't be polled. The message says which, and which there are. */
export class UnknownStream extends Error {
  override readonly name = "UnknownStream";
}

/**
 * Polls the named streams; outside of its windows a poll waits until they open, and on a day without business it falls away. Those
 * that exist are polled even if others don't; then throws UnknownStream.
 */
export const pollStreams = async (invocation: Invocation, names: readonly string[]): Promise<void> => {
  const { config, table, clock, nonce, telemetry } = invocation.deps;
  const pulls = [...config.streams.values()].filter(({ pull }) => pull);
  const due = pulls.filter(({ name }) => names.includes(name));
  const now = clock.wall();
  // A window that has passed midnight may still be open on such a day.
  const asked = due.filter(({ pull }) => !isDayOff(pull?.windows, now) || isOpenAt(pull?.windows, now));
  if (asked.length < due.length)
    telemetry.log.info("Not polled: by the calendars of the pull today is a day without business", {
      streams: due.filter((stream) => !asked.includes(stream)).map(({ name }) => name),
    });
  const partners = asked.map(({ sftp }) => partnerOf(sftp));
  const health = readHealthAhead(invocation.deps);
  for (const partner of partners) health.begin(partner);
  for (const { name, sftp } of asked) {
    await requestPoll(table, { partner: partnerOf(sftp), stream: name, now: clock.wall(), nonce });
  }
  await drainAll(invocation, partners, [], { health });

  const unknown = names.filter((name) => !pulls.some((stream) => stream.name === name));
  if (unknown.length > 0) {
    const there = pulls.map(({ name }) => name).join(", ") || "none";
    throw new UnknownStream(
      `No stream with a pull is called ${unknown.map((name) => JSON.stringify(name)).join(", ")}; there are: ${there}. Correct the schedule rule, or add the stream to the module's \`streams\``,
    );
  }
};
