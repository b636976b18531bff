/**
 * The connections of small requests. Opening one takes as much processor time as a small file does in all, at both ends, and requests come in
 * crowds, since an answer of the journal lets up to 25 files go on. So one that finds all connections busy mostly waits for an answer,
 * which takes S3 a few hundredths of a second; a further connection is opened where many more wait than there are.
 */
import { createIdle, type Link, openLink } from "./links.ts";

/** Connections that are opened whoever waits, and those that are being opened at one time. */
const few = 4;
/** Requests that wait for each connection before there is a further one. */
const waitingEach = 2;

interface Waiting {
  readonly url: URL;
  readonly begin: (link: Link) => void;
}

export interface LinkPool {
  /** A connection for one request, as soon as it is its turn. */
  take(url: URL): Promise<Link>;
  /** Its request is done; `isKept`: it may be used for another one. */
  give(url: URL, link: Link, isKept: boolean): void;
}

/** At most so many connections at one time. */
export const createLinkPool = (most: number): LinkPool => {
  const idle = createIdle(most);
  const waiting: Waiting[] = [];
  /** In use, and of these not open yet. */
  let busy = 0;
  const opening = new Set<Link>();

  const openOne = (url: URL): Link => {
    const link = openLink(url);
    opening.add(link);
    link.socket.once(url.protocol === "https:" ? "secureConnect" : "connect", () => {
      if (opening.delete(link)) serve();
    });
    return link;
  };
  const mayOpen = (): boolean => opening.size < few && (busy < few || waiting.length > waitingEach * busy);

  /** Gives connections to those that wait, in their order. */
  const serve = (): void => {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      const link = busy < most ? (idle.take(next.url) ?? (mayOpen() ? openOne(next.url) : undefined)) : undefined;
      if (link === undefined) return;
      waiting.shift();
      busy++;
      next.begin(link);
    }
  };

  return {
    take: (url) =>
      new Promise((begin) => {
        waiting.push({ url, begin });
        serve();
      }),
    give(url, link, isKept) {
      busy--;
      if (isKept) idle.keep(url, link);
      else link.socket.destroy();
      opening.delete(link);
      serve();
    },
  };
};
