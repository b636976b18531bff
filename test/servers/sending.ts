/** A bridge that pushes to a server with quirks, with the requests that the server saw. */
import type { ExecutionContext } from "ava";
import type { Quirks } from "../helpers/sftp/adversary.ts";
import type { BridgeOptions } from "./bridge.ts";
import { startQuirkyPush } from "./quirky-push.ts";

/** `requests`: with temporary names as TEMPORARY; `send` puts one file, drains, and checks that it has arrived. */
export const startSending = async (t: ExecutionContext, quirks: Quirks, options: BridgeOptions = {}) => {
  const requests: string[] = [];
  const { server, bridge } = await startQuirkyPush(t, quirks, options, (request, path) => {
    requests.push(`${request} ${path.replace(/\.s3-sftp-bridge-.*/, "TEMPORARY")}`);
  });
  return {
    server,
    bridge,
    requests,
    said: () => JSON.stringify(bridge.telemetry.lines.map(({ message, fields }) => [message, String(fields["error"])])),
    async send(name: string, content: string) {
      requests.length = 0;
      await bridge.put(name, content);
      await bridge.drain();
      const entry = bridge.entries().find(({ path }) => path === name);
      t.is(entry?.state, "delivered", entry?.last_error?.message);
      t.is((await server.files.read(`x/in/${name}`))?.toString(), content);
    },
  };
};
