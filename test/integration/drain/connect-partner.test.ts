import test from "ava";
import { createBudget } from "../../../lambda/src/concurrency/budget.ts";
import { partnersOf } from "../../../lambda/src/config/partners.ts";
import type { SftpConfig } from "../../../lambda/src/config/types.ts";
import { connectWith } from "../../../lambda/src/drain/connect-partner.ts";
import { servicesWith } from "../../helpers/secret-services.ts";
import { adversary, recordingLog } from "../../helpers/sftp/connected.ts";
import { configOf, push, stream } from "../../helpers/streams.ts";
import { startRclone } from "../../servers/programs.ts";

test("a connection that isn't post-quantum is counted, and one that is isn't", async (t) => {
  const { config } = await adversary(t);
  const rclone = await startRclone();
  t.teardown(() => rclone.stop());
  const { port, username, fingerprint, password } = rclone;
  const counted = async (sftp: SftpConfig, secret: string) => {
    const gauges: unknown[] = [];
    const connect = connectWith({
      secrets: servicesWith({ parameter: () => ({ Parameter: { Value: secret } }) }).clients,
      telemetry: { log: recordingLog(), recordGauge: (gauge) => void gauges.push(gauge) },
      now: () => 0,
      inFlight: createBudget(1_000_000),
    });
    const given = stream({ push, sftp: { ...sftp, password: { ssmParameter: "/x" } } });
    const [partner] = partnersOf(configOf(given)).values();
    if (partner === undefined) throw new Error("no partner");
    const remote = await connect(partner, new AbortController().signal);
    await remote.close();
    return gauges;
  };
  t.deepEqual(await counted(config, "secret"), [{ name: "connections-not-post-quantum", unit: "Count", value: 1 }]);
  t.deepEqual(await counted({ ...config, port, username, hostKeys: [fingerprint] }, password ?? ""), []);
});
