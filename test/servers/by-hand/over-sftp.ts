/** A partner's own look at its files over SFTP, by ssh2's client, for a server whose disk isn't at hand. */
import ssh2 from "ssh2";
import type { ServerFiles } from "../server.ts";

export interface LogIn {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password?: string;
  readonly privateKey?: string;
}

const connect = (logIn: LogIn): Promise<ssh2.Client> =>
  new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    client
      .on("ready", () => resolve(client))
      .on("error", reject)
      .connect(logIn);
  });

const ask = <T>(act: (settle: (error: Error | undefined | null, value?: T) => void) => void): Promise<T> =>
  new Promise((resolve, reject) => act((error, value) => (error ? reject(error) : resolve(value as T))));

/** Each call has a connection of its own: nothing here is in the way of what is tried. */
export const filesOverSftp = (logIn: LogIn): ServerFiles => {
  const withSftp = async <T>(act: (sftp: ssh2.SFTPWrapper) => Promise<T>): Promise<T> => {
    const client = await connect(logIn);
    try {
      return await act(await ask<ssh2.SFTPWrapper>((settle) => client.sftp(settle)));
    } finally {
      client.end();
    }
  };
  const mkdirs = async (sftp: ssh2.SFTPWrapper, folder: string) => {
    const parts = folder.split("/").filter(Boolean);
    for (let depth = 1; depth <= parts.length; depth++)
      await ask<void>((settle) => sftp.mkdir(parts.slice(0, depth).join("/"), settle)).catch(() => {});
  };
  const walk = async (sftp: ssh2.SFTPWrapper, folder: string): Promise<string[]> => {
    const entries = await ask<ssh2.FileEntry[]>((settle) => sftp.readdir(folder, settle as never));
    const found: string[] = [];
    for (const { filename } of entries) {
      if (filename === "." || filename === "..") continue;
      const path = `${folder}/${filename}`;
      const stat = await ask<ssh2.Stats>((settle) => sftp.stat(path, settle));
      found.push(...(stat.isDirectory() ? await walk(sftp, path) : [path]));
    }
    return found;
  };
  return {
    write: (path, content, seconds = 3600) =>
      withSftp(async (sftp) => {
        await mkdirs(sftp, path.slice(0, Math.max(path.lastIndexOf("/"), 0)));
        await ask<void>((settle) => sftp.writeFile(path, Buffer.from(content), settle));
        const time = Math.floor(Date.now() / 1000) - seconds;
        await ask<void>((settle) => sftp.utimes(path, time, time, settle)).catch(() => {});
      }),
    read: (path) => withSftp((sftp) => ask<Buffer>((settle) => sftp.readFile(path, settle)).catch(() => undefined)),
    list: (folder) =>
      withSftp(async (sftp) =>
        (await walk(sftp, folder).catch(() => [])).map((path) => path.slice(folder.length + 1)).sort(),
      ),
    mkdir: (folder) => withSftp((sftp) => mkdirs(sftp, folder)),
  };
};
