/** What an event says of a file that has ended; schemas/event.json describes it for those who receive it. */
import type { BusEvent } from "../aws/put-events.ts";
import { type DueEvent, readDueEvent } from "../journal/endings.ts";
import { type Entry, lastDelivery } from "../journal/entry.ts";
import type { Item } from "../journal/table.ts";

/** Characters of an error's text: with paths of 3 KB at most, an event stays far below the 256 KB that EventBridge takes. */
const errorLength = 2_000;
const cutMark = " … [cut]";

const bounded = (text: string): string =>
  text.length > errorLength ? `${text.slice(0, errorLength - cutMark.length)}${cutMark}` : text;

const capitalised = (word: string): string => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;

const ofDelivery = (entry: Entry) => {
  const delivery = lastDelivery(entry);
  return (
    delivery && {
      destination: delivery.destination,
      bytes: delivery.bytes,
      sha256: delivery.sha256,
      ...(delivery.files !== undefined && { files: delivery.files }),
      version: delivery.identity,
      attempt: delivery.attempt,
      duration: delivery.duration_ms,
    }
  );
};

const ofOther = ({ ending }: DueEvent, { source, attempts, last_error: error }: Entry) => ({
  bytes: source.size,
  version: source.version_id ?? source.identity,
  attempt: attempts,
  ...(ending !== "skipped" && error && { error: { kind: error.kind, message: bounded(error.message) } }),
});

/** The event that is due of a host key that a server has announced; undefined where the item is none. */
export const hostKeyEventOf = (item: Item): BusEvent | undefined => {
  const due = readDueEvent(item["event_due"]);
  if (!due) return undefined;
  const { stream, partner, type, fingerprint, words } = item;
  return {
    detailType: "Host Key Announced",
    time: Date.parse(due.at),
    detail: { stream, partner, host_key: { type, fingerprint, message: words }, revision: due.revision },
  };
};

/** The event that is due by an entry's note; undefined where the note is none. */
export const eventOf = (entry: Entry): BusEvent | undefined => {
  const due = readDueEvent(entry.event_due);
  if (!due) return undefined;
  const { stream, direction, partner, path, source_location: source } = entry;
  return {
    detailType: `${capitalised(direction)} ${capitalised(due.ending)}`,
    time: Date.parse(due.at),
    detail: {
      ...{ stream, direction, partner, path, source },
      ...(due.ending === "delivered" ? ofDelivery(entry) : ofOther(due, entry)),
      revision: due.revision,
    },
  };
};
