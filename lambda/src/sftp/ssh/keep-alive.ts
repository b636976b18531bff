import type { Client } from "ssh2";
import type { Wire } from "./transport.ts";

/**
 * Watches a connection that is logged in: ssh2 sends a keep-alive each interval, and whatever comes from the server counts as a
 * sign of life; some never answer keep-alives and are well. After `maxUnanswered` intervals without a byte it ends the
 * connection with an error that says so.
 */
export const watchSilence = (
  client: Client,
  socket: Wire,
  { intervalMs, maxUnanswered }: { readonly intervalMs: number; readonly maxUnanswered: number },
): void => {
  if (intervalMs === 0) return;
  let silent = 0;
  let bytes = socket.bytesRead;
  const timer = setInterval(() => {
    silent = socket.bytesRead === bytes ? silent + 1 : 0;
    bytes = socket.bytesRead;
    if (silent <= maxUnanswered) return;
    clearInterval(timer);
    const seconds = (silent * intervalMs) / 1000;
    client.emit(
      "error",
      new Error(
        `nothing came for ${seconds} s, and none of ${maxUnanswered} keep-alives was answered: the server hangs, or a firewall on the way has forgotten the connection (options.keepaliveInterval and keepaliveCountMax say how often is asked)`,
      ),
    );
    socket.destroy();
  }, intervalMs);
  timer.unref();
  socket.once("close", () => clearInterval(timer));
};
