// Programs that must not outlive us: each runs in a process group of its own under a small supervisor, which ends the
// whole group as soon as its standard input closes. That happens when we stop it, and just as well when this process
// ends in any other way (Ctrl-C, an uncaught exception, SIGKILL), so nothing depends on handlers being run.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";

/**
 * What the supervisor does (bash 4 or newer); $1 is a command to run at the end ("" for none), the rest the program.
 * The family is collected before anything is killed, as a daemon's children may have left its process group. The reader
 * ends by USR1 while it only waits; once it is ending the family, it ignores that, and is waited for.
 */
const supervisor = `
cleanup=$1; shift
exec 3<&0 </dev/null
family() { local each; echo "$1"; for each in $(cat /proc/"$1"/task/*/children 2>/dev/null); do family "$each"; done; }
alive() { local each; for each in "$@"; do kill -0 "$each" 2>/dev/null && return 0; done; return 1; }
set -m
"$@" 3<&- &
program=$!
exec >/dev/null 2>&1
(
  while read -r _ <&3; do :; done
  trap '' USR1
  members=$(family "$program")
  kill -TERM $members
  for _ in {1..30}; do alive $members || exit 0; sleep 0.1; done
  kill -KILL $members
) &
reader=$!
exec 3<&-
trap '' TERM INT HUP PIPE
wait "$program"; status=$?
kill -USR1 "$reader"; wait "$reader"
kill -KILL -- "-$program"
eval "$cleanup"
exit "$status"
`;

/** A supervised program. */
export type Supervised = {
  /** The supervisor; its `stdout` and `stderr` are the program's, unless they go to `log`. */
  readonly child: ChildProcess;
  /** Resolves with the exit status once the program and all it started are gone. */
  readonly exited: Promise<number>;
  /** Ends the program and all it started (TERM, after three seconds KILL) and resolves when they are gone. */
  readonly stop: () => Promise<void>;
};

export type SuperviseOptions = {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** A file that both outputs are appended to; without it they are pipes. */
  readonly log?: string;
  /** A shell command to run once the program has ended, however it ended; see `removal`. */
  readonly atEnd?: string;
};

/** A shell command that removes `folder`, and first takes down a file system that may be mounted on `mount`. */
export function removal(folder: string, mount?: string): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  return `${mount === undefined ? "" : `umount -l ${quoted(mount)} 2>/dev/null; `}rm -rf -- ${quoted(folder)}`;
}

/** Starts `command` under a supervisor. Errors in starting it show as exit status 127 and in its output. */
export function supervise(command: string, args: readonly string[], options: SuperviseOptions): Supervised {
  const output = options.log === undefined ? "pipe" : openSync(options.log, "a");
  // --norc, as bash takes a socket for standard input (which Node's pipes are) for a sign of a remote log-in.
  const child = spawn("bash", ["--norc", "-c", supervisor, "supervisor", options.atEnd ?? "", command, ...args], {
    detached: true,
    env: options.env,
    stdio: ["pipe", output, output],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  if (typeof output === "number") closeSync(output);
  const exited = new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
  // Handled here so that a program nobody waits for can't end the process with an unhandled rejection.
  exited.catch(() => undefined);
  return {
    child,
    exited,
    stop: async () => {
      child.stdin?.end();
      await exited;
    },
  };
}
