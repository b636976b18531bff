/** Paths of what `setup.mjs` provides. */
export interface Programs {
  readonly rclone: string;
  readonly lftp: string;
  readonly openssh: {
    readonly sshd: string;
    readonly keygen: string;
    readonly sftp: string;
    readonly libraries: string;
  };
  /** `benchtools`, see `native/`. */
  readonly native: string;
}

export function setup(options?: { readonly peers?: boolean }): Promise<Programs>;
