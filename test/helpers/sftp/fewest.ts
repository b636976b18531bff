import type { ExecutionContext } from "ava";
import type { SftpConfig } from "../../../lambda/src/config/types.ts";
import type { Credentials } from "../../../lambda/src/secrets/types.ts";
import { openRemote } from "../../../lambda/src/sftp/open.ts";
import type { Traits } from "../../../lambda/src/traits/traits.ts";
import { fewestRoundTrips, startCountingLine } from "../../servers/round-trips.ts";

/** Fewest round trips until the session is open and until the first answer, with these traits each time. */
export const fewest = async (
  t: ExecutionContext,
  config: SftpConfig,
  credentials: Credentials,
  traits: () => Traits,
) => {
  const line = await startCountingLine(config.port);
  t.teardown(() => line.stop());
  const connect = () => openRemote({ ...config, port: line.port }, credentials, { traits: traits() });
  return (...wanted: [number, number]) => fewestRoundTrips(line, connect, wanted);
};
