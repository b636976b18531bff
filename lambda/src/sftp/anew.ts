/**
 * A remote for servers that end the session, or the connection, once a file was closed. One file is open at a time, nothing else is
 * under way while it is closed, and what comes next goes over a new connection: one at a time, under the same lease.
 */
import type { Traits } from "../traits/traits.ts";
import { toldAnything } from "./attributes.ts";
import { RemoteError } from "./errors.ts";
import type { Doubt, Remote, RemoteReader, RemoteStat, RemoteWriter } from "./remote.ts";

type Connect = (signal: AbortSignal) => Promise<Remote>;

/** One that broke while it was made has nothing to do with the files that wait for it. */
const asRefusal = (error: unknown): unknown =>
  error instanceof RemoteError && error.kind === "lost"
    ? new RemoteError("unreachable", error.message, { cause: error })
    : error;

/** Connections one after the other, and who uses the present one. */
const createLine = (first: Remote, connect: Connect, traits: Traits) => {
  const lost = new AbortController();
  const stop = new AbortController();
  let live: Remote | undefined;
  let opening: Promise<Remote> | undefined;
  let closing: Promise<void> | undefined;
  let users = 0;
  let left: (() => void)[] = [];

  const end = (reason: unknown, isLoss: boolean) => {
    if (stop.signal.aborted) return;
    stop.abort(reason);
    if (isLoss) lost.abort(reason);
  };
  const keep = (remote: Remote): Remote => {
    live = remote;
    const gone = () => {
      if (remote === live && closing === undefined) end(remote.lost.reason, true);
    };
    remote.lost.addEventListener("abort", gone, { once: true });
    if (remote.lost.aborted) gone();
    return remote;
  };
  keep(first);

  const reach = async (): Promise<Remote> => {
    stop.signal.throwIfAborted();
    if (live !== undefined) return live;
    opening ??= connect(stop.signal)
      .then(keep, (error: unknown) => {
        const refusal = asRefusal(error);
        end(refusal, true);
        throw refusal;
      })
      .finally(() => {
        opening = undefined;
      });
    return opening;
  };
  /** The present connection, or a new one; `leave` is to be called once it isn't needed any more. */
  const enter = async (): Promise<Remote> => {
    for (;;) {
      await closing;
      const remote = await reach();
      if (closing !== undefined || remote !== live) continue;
      users++;
      return remote;
    }
  };
  const leave = () => {
    users--;
    if (users > 0) return;
    const waiting = left;
    left = [];
    for (const go of waiting) go();
  };

  return {
    lost: lost.signal,
    enter,
    leave,
    async use<T>(act: (remote: Remote) => Promise<T>): Promise<T> {
      const remote = await enter();
      try {
        return await act(remote);
      } finally {
        leave();
      }
    },
    /** Closes a file of this connection while nobody else asks anything of it, and leaves the connection, unless it is seen to go on. */
    async closeFile<T>(remote: Remote, close: () => Promise<T>): Promise<T> {
      while (users > 0 || closing !== undefined) await (closing ?? new Promise<void>((resolve) => left.push(resolve)));
      const { promise, resolve } = Promise.withResolvers<void>();
      closing = promise;
      try {
        return await close();
      } finally {
        const goesOn = await remote.stat(".").then(
          () => true,
          () => false,
        );
        if (goesOn) traits.learn("goes_on_after_close", true, "a request was answered after a file was closed");
        if (!goesOn && remote === live) live = undefined;
        if (!goesOn)
          remote.destroy(
            new RemoteError("lost", `${remote.partner}: the session ended with the file that was closed.`),
          );
        closing = undefined;
        resolve();
      }
    },
    async close(): Promise<void> {
      end(new RemoteError("lost", `${first.partner}: the connection has been closed.`), false);
      await opening?.catch(() => {});
      await live?.close();
    },
    destroy(reason: Error): void {
      live?.destroy(reason);
      end(reason, true);
    },
  };
};

/** The same remote, over as many connections as it takes. */
export const openAnew = (first: Remote, connect: Connect, traits: Traits): Remote => {
  const line = createLine(first, connect, traits);
  const { use } = line;
  let last: Promise<void> = Promise.resolve();
  /** Waits until no other file is open. */
  const takeTurn = async (): Promise<() => void> => {
    const before = last;
    const { promise, resolve } = Promise.withResolvers<void>();
    last = promise;
    await before;
    return resolve;
  };
  /** Opens a file; `closer` is called once, and then it is somebody else's turn. */
  const opened = async <F>(open: (remote: Remote) => Promise<F>) => {
    const done = await takeTurn();
    try {
      const remote = await line.enter();
      const file = await open(remote).finally(line.leave);
      const closeBy = <T>(close: () => Promise<T>): Promise<T> => line.closeFile(remote, close).finally(done);
      return { file, closeBy, done };
    } catch (error) {
      done();
      throw error;
    }
  };

  return {
    partner: first.partner,
    newHostKeys: () => first.newHostKeys?.() ?? [],
    lost: line.lost,
    stat: (path) => use((remote) => remote.stat(path)),
    lstat: (path) => use((remote) => remote.lstat(path)),
    async *list(directory, options) {
      const remote = await line.enter();
      try {
        yield* remote.list(directory, options);
      } finally {
        line.leave();
      }
    },
    ensureDirectory: (path) => use((remote) => remote.ensureDirectory(path)),
    async openRead(path, hint): Promise<RemoteReader | undefined> {
      const { file, closeBy, done } = await opened((remote) => remote.openRead(path, hint));
      if (file === undefined) {
        done();
        return undefined;
      }
      let closed: Promise<void> | undefined;
      return {
        ...file,
        close() {
          closed ??= closeBy(() => file.close()).catch(() => {});
          return closed;
        },
      };
    },
    async openWrite(path, options): Promise<RemoteWriter> {
      const { file, closeBy } = await opened((remote) => remote.openWrite(path, options));
      let position = options.offset ?? 0;
      let doubt: Doubt | undefined;
      /** Some never answer CLOSE: what they hold of the file tells whether it is whole. */
      const closeUnanswered = async (error: unknown): Promise<RemoteStat> => {
        const isWhole = error instanceof RemoteError && error.kind === "lost" && file.acknowledged === position;
        const there = isWhole ? await use((remote) => remote.stat(path)) : undefined;
        if (!isWhole || there === undefined) throw error;
        doubt = { ...file.doubt, reason: `its CLOSE was never answered: ${error.message}`, unless: error };
        return there;
      };
      const finish = async () => {
        // What isn't acknowledged before CLOSE may never be.
        await file.flush().catch(() => {});
        const told = await closeBy(() => file.close()).catch(closeUnanswered);
        if (doubt !== undefined) return told;
        // What the handle told before is not the last word.
        const after = await use((remote) => remote.stat(path)).catch(() => undefined);
        return after !== undefined && toldAnything(after) ? after : told;
      };
      let finished: ReturnType<typeof finish> | undefined;
      return {
        get doubt() {
          return doubt ?? file.doubt;
        },
        get acknowledged() {
          return file.acknowledged;
        },
        write(chunk) {
          position += chunk.byteLength;
          return file.write(chunk);
        },
        flush: () => file.flush(),
        close() {
          finished ??= finish();
          return finished;
        },
      };
    },
    publish: (...given) => use((remote) => remote.publish(...given)),
    move: (from, to) => use((remote) => remote.move(from, to)),
    checksum: (path) => use(async (remote) => await remote.checksum?.(path)),
    setAttributes: (path, attributes) => use((remote) => remote.setAttributes(path, attributes)),
    remove: (path) => use((remote) => remote.remove(path)),
    removeDirectory: (path) => use((remote) => remote.removeDirectory(path)),
    close: () => line.close(),
    destroy: (reason) => line.destroy(reason),
  };
};
