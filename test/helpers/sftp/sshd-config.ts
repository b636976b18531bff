import type { SftpConfig } from "../../../lambda/src/config/types.ts";
import type { Sshd } from "../../stack/sshd.ts";

/** The stream's `sftp` for an OpenSSH server of the stack: its host keys are pinned. */
export const sshdConfig = (sshd: Sshd): SftpConfig => ({
  host: sshd.host,
  port: sshd.port,
  username: sshd.username,
  hostKeys: sshd.knownHosts.split("\n"),
  insecureIgnoreHostKey: false,
  maxConnections: 1,
  connectTimeoutSeconds: 30,
  operationTimeoutSeconds: 30,
  options: {},
});
