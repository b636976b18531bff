// What can break at a partner, and how it is mended: each as it happens, and as the engineer on call ends it.
import { rmSync, statfsSync } from "node:fs";
import type { Partners } from "../../test/stack/complete.ts";
import { changeSecret, type Stack } from "../../test/stack/index.ts";
import type { BreakName } from "./options.mjs";

export type Breakage = {
  readonly stream: "acme" | "globex";
  /** What happens, as a sentence without its full stop. */
  readonly what: string;
  readonly happen: () => Promise<void>;
  readonly mend: {
    /** What has to be found out or asked for first. */
    readonly first: string;
    /** What is typed or written; nothing where the partner does it all. */
    readonly typed: readonly string[];
    readonly done: () => Promise<void>;
  };
};

/** The small disk that acme has where it is to become full. Bytes. */
export const smallDisk = 64 * 1024 * 1024;
/** What is left of it: less than the order that is sent then. Bytes. */
const left = 64 * 1024;

/** What the breakages act on; `apply` applies the configuration with these host keys of acme. */
export type Scene = {
  readonly stack: Stack;
  readonly partners: Partners;
  /** ARN of globex's secret. */
  readonly secret: string;
  readonly apply: (hostKeys: readonly string[]) => Promise<void>;
};

/** The breakage of that name. */
export function breakageOf(name: BreakName, { stack, partners: { acme, globex }, secret, apply }: Scene): Breakage {
  const filler = acme.files.path("filler");
  const breakages: Record<BreakName, Breakage> = {
    password: {
      stream: "globex",
      what: "globex changes our password, and tells nobody",
      happen: () => globex.changePassword("the-new-password"),
      mend: {
        first:
          "globex says on the phone what the password is now. It goes into the secret, from a file and not from the shell's history:",
        typed: ["$ aws secretsmanager put-secret-value --secret-id sftp/globex --secret-string file://globex.json"],
        done: () => changeSecret(stack, secret, JSON.stringify({ password: globex.password })),
      },
    },
    hostkey: {
      stream: "acme",
      what: "acme's server has another host key than the one that is pinned",
      happen: () => acme.rotateHostKeys(),
      mend: {
        first:
          "It may be a new server, or somebody in between: acme confirms the new fingerprint by another way. Then it goes into host_keys:",
        get typed() {
          return [`  main.tf: host_keys = ${JSON.stringify(acme.fingerprints)}`, "$ terraform apply"];
        },
        done: () => apply(acme.fingerprints),
      },
    },
    disk: {
      stream: "acme",
      what: "acme's disk is full",
      happen: async () => {
        const { bavail, bsize } = statfsSync(acme.root);
        acme.files.write("filler", new Uint8Array(Math.max(bavail * bsize - left, 0)));
      },
      mend: {
        first: "Nobody here can mend that. acme is asked to make room, and does.",
        typed: [],
        done: async () => rmSync(filler),
      },
    },
    offline: {
      stream: "acme",
      what: "acme's server is off",
      happen: () => acme.down(),
      mend: {
        first: "Nobody here can mend that. acme is called, and starts its server.",
        typed: [],
        done: () => acme.up(),
      },
    },
  };
  return breakages[name];
}

/** Throws where acme has no disk of its own that could become full: it has to be mounted, and only root may. */
export function assertSmallDisk({ acme }: Partners): void {
  const { blocks, bsize } = statfsSync(acme.root);
  if (blocks * bsize > smallDisk)
    throw new Error(
      "--break disk mounts a small disk for acme, which only root may. Run it as root, or take another --break.",
    );
}
