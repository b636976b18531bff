/** A push to a server with bad habits: the server, which ends with the test, and a bridge that pushes to its `x/in`. */
import type { ExecutionContext } from "ava";
import type { Quirks } from "../helpers/sftp/adversary.ts";
import { type BridgeOptions, createBridge } from "./bridge.ts";
import { startTrait } from "./traits.ts";

/** `saw` is told of each request before the quirks decide about it. */
export const startQuirkyPush = async (
  t: ExecutionContext,
  quirks: Quirks,
  options: BridgeOptions,
  saw: (...request: Parameters<NonNullable<Quirks["refuse"]>>) => void,
) => {
  const server = await startTrait({
    name: "test",
    remark: "",
    quirks: () => ({
      ...quirks,
      refuse: (...request) => {
        saw(...request);
        return quirks.refuse?.(...request);
      },
    }),
  });
  t.teardown(() => server.stop());
  await server.files.mkdir("x/in");
  return { server, bridge: await createBridge(t, server, "/x", options) };
};
