/** Further channels of a connection, which are a matter of speed only: one that doesn't come in time isn't waited for. */
import type { Client, ClientChannel, SFTPWrapper } from "ssh2";

/** Longest wait for one. Milliseconds. */
const channelTimeoutMs = 5000;

/** The connection that they belong to. */
interface Whole {
  readonly client: Client;
  readonly lost: AbortSignal;
  readonly hasEnded: () => boolean;
}

/**
 * What `ask` opens, made by `use` before anything more can come over it; undefined where it is refused, comes too late (then it is
 * `left`), or the connection ends first.
 */
const openInTime = <Opened, Used>(
  { lost, hasEnded }: Whole,
  {
    ask,
    use,
    left,
  }: {
    readonly ask: (told: (error: Error | undefined, opened: Opened) => void) => void;
    readonly use: (opened: Opened) => Used;
    readonly left: (opened: Opened) => void;
  },
): Promise<Used | undefined> =>
  new Promise((resolve) => {
    let isLate = false;
    const give = (used: Used | undefined) => {
      clearTimeout(timer);
      lost.removeEventListener("abort", stop);
      resolve(used);
    };
    const stop = () => {
      isLate = true;
      give(undefined);
    };
    const timer = setTimeout(stop, channelTimeoutMs);
    lost.addEventListener("abort", stop, { once: true });
    try {
      ask((error, opened) => {
        if (error !== undefined) return stop();
        if (!isLate && !hasEnded()) return give(use(opened));
        left(opened);
        stop();
      });
    } catch {
      stop();
    }
  });

/** Another SFTP session, as what `use` makes of it. */
export const openSftp = <Used>(whole: Whole, use: (sftp: SFTPWrapper) => Used): Promise<Used | undefined> =>
  openInTime<SFTPWrapper, Used>(whole, {
    ask: (told) => whole.client.sftp(told),
    use,
    left: (sftp) => sftp.end(),
  });

/** The same as plain bytes, of which nobody makes SFTP requests yet. */
export const openRaw = (whole: Whole): Promise<ClientChannel | undefined> =>
  openInTime<ClientChannel, ClientChannel>(whole, {
    ask: (told) => whole.client.subsys("sftp", told),
    use: (channel) => channel,
    left: (channel) => channel.destroy(),
  });
