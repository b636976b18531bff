/**
 * The connections of small requests. Opening one takes as much processor time as a small file does in all, at both ends, and requests come in
 * crowds, since an answer of the journal lets up to 25 files go on. So one that finds all connections busy mostly waits for an answer,
 * which takes S3 a few hundredths of a second; a further connection is opened where many more wait than there are.
 *
 * Each host has a line of its own: one that answers nothing, or can't be reached, keeps nobody waiting who asks another.
 */
import { onAbort } from "../concurrency/on-abort.ts";
import { createIdle, type Link, openLink } from "./links.ts";

/** Connections that are opened to a host whoever waits, and those that are being opened at one time. */
const few = 4;
/** Requests that wait for each connection before there is a further one. */
const waitingEach = 2;

interface Waiting {
  /** When its turn is, of all. */
  readonly turn: number;
  readonly begin: (link: Link) => void;
}

/** What is asked of one host. */
interface Line {
  readonly url: URL;
  readonly waiting: Waiting[];
  /** Connections in use, and of these not open yet. */
  busy: number;
  readonly opening: Set<Link>;
}

export interface LinkPool {
  /** A connection for one request, as soon as it is its turn. Rejects at once where it is given up before. */
  take(url: URL, signal?: AbortSignal): Promise<Link>;
  /** Its request is done; `isKept`: it may be used for another one. */
  give(url: URL, link: Link, isKept: boolean): void;
}

/** At most so many connections at one time, to all hosts. */
export const createLinkPool = (most: number): LinkPool => {
  const idle = createIdle(most);
  /** By origin; one that nobody asks any more is let go. */
  const lines = new Map<string, Line>();
  let turns = 0;
  let busy = 0;

  const lineOf = (url: URL): Line => {
    const known = lines.get(url.origin);
    if (known !== undefined) return known;
    const line: Line = { url, waiting: [], busy: 0, opening: new Set() };
    lines.set(url.origin, line);
    return line;
  };

  const letGo = ({ url, busy: used, waiting }: Line): void => {
    if (used === 0 && waiting.length === 0) lines.delete(url.origin);
  };

  const openOne = (line: Line): Link => {
    const link = openLink(line.url);
    line.opening.add(link);
    link.socket.once(line.url.protocol === "https:" ? "secureConnect" : "connect", () => {
      if (line.opening.delete(link)) serve(line);
    });
    return link;
  };
  const mayOpen = ({ opening, busy: used, waiting }: Line): boolean =>
    opening.size < few && (used < few || waiting.length > waitingEach * used);

  /** Gives connections to those that wait for one host, in their order. */
  const serve = (line: Line): void => {
    for (let next = line.waiting[0]; next !== undefined; next = line.waiting[0]) {
      const link = busy < most ? (idle.take(line.url) ?? (mayOpen(line) ? openOne(line) : undefined)) : undefined;
      if (link === undefined) return;
      line.waiting.shift();
      line.busy++;
      busy++;
      next.begin(link);
    }
  };

  /** Gives the one place that has become free where there was none, to who has waited for longest, of whatever host. */
  const serveAll = (): void => {
    const waiting = [...lines.values()].filter((line) => line.waiting.length > 0);
    waiting.sort((one, other) => (one.waiting[0]?.turn ?? 0) - (other.waiting[0]?.turn ?? 0));
    for (const line of waiting) serve(line);
  };

  return {
    take: (url, signal) =>
      new Promise((begin, reject) => {
        const line = lineOf(url);
        let isWaiting = true;
        let noMore: (() => void) | undefined;
        const one: Waiting = {
          turn: turns++,
          begin(link) {
            isWaiting = false;
            noMore?.();
            begin(link);
          },
        };
        line.waiting.push(one);
        serve(line);
        if (signal === undefined || !isWaiting) return;
        noMore = onAbort(signal, () => {
          line.waiting.splice(line.waiting.indexOf(one), 1);
          letGo(line);
          reject(signal.reason);
        });
      }),
    give(url, link, isKept) {
      const line = lineOf(url);
      const wasFull = busy >= most;
      busy--;
      line.busy--;
      if (isKept) idle.keep(url, link);
      else link.socket.destroy();
      line.opening.delete(link);
      if (wasFull) serveAll();
      else serve(line);
      letGo(line);
    },
  };
};
