/** What OpenSSH's own sftp-server announces since version 6.3 (its PROTOCOL, section 4), all of it. */
const openSshExtensions = [
  "posix-rename@openssh.com",
  "statvfs@openssh.com",
  "fstatvfs@openssh.com",
  "hardlink@openssh.com",
  "fsync@openssh.com",
];

/**
 * Is it a server whose handles are known to be those of one file in a file system? The identification alone isn't believed:
 * gateways and other servers call themselves OpenSSH, and OpenSSH may run another program as its sftp-server.
 */
export const hasFileHandles = (software: string, extensions: ReadonlySet<string>): boolean =>
  /^OpenSSH_(for_Windows_)?\d/.test(software) && openSshExtensions.every((name) => extensions.has(name));
