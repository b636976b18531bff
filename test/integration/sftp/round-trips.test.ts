import test from "ava";
import { createTraits } from "../../../lambda/src/traits/traits.ts";
import { fewest } from "../../helpers/sftp/fewest.ts";
import { sshdConfig } from "../../helpers/sftp/sshd-config.ts";
import { startSshd } from "../../stack/sshd.ts";

test("a connection takes OpenSSH seven round trips at first and then six; the first answer one more", async (t) => {
  const sshd = await startSshd();
  t.teardown(() => sshd.stop());
  const { privateKey } = sshd.key;
  const config = sshdConfig(sshd);
  t.deepEqual(await (await fewest(t, config, { privateKey }, createTraits))(7, 8), [7, 8]);
  const traits = createTraits();
  const later = await fewest(t, config, { privateKey }, () => traits);
  await later(7, 8);
  t.deepEqual(await later(6, 7), [6, 7]);
});
