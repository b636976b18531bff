import test from "ava";
import { hurryBy } from "../../../lambda/src/sftp/ssh/hurry.ts";
import { createTraits } from "../../../lambda/src/traits/traits.ts";

const ahead = (software: string) => {
  const { exchange, logIn, session } = hurryBy(createTraits());
  return [exchange, logIn(software), session(software)];
};

test("at the first time log-in and session go ahead to servers of a kind that was seen to take them, and to no other", (t) => {
  for (const software of [
    "OpenSSH_9.2p1",
    "mod_sftp",
    "mod_sftp/1.1.0",
    "AsyncSSH_2.14",
    "APACHE-SSHD-2.13",
    "rclone/v1.76.0",
  ])
    t.deepEqual(ahead(software), [undefined, true, true], software);
  for (const software of [
    "",
    "OpenSSH",
    "Go",
    "AWS_SFTP_1.1",
    "xOpenSSH_9",
    "mod_sftpd",
    "SSHD-CORE-1.0",
    "CrushFTPSSHD",
  ])
    t.deepEqual(ahead(software), [undefined, false, false], software);
});
