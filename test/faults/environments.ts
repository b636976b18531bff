/** Lambda's part: gives each event to an environment that is idle, starts new ones, and kills those that are out of time. */
import { type ChildProcess, fork } from "node:child_process";
import { closeSync, openSync } from "node:fs";

export interface Environments {
  /** Runs an event; undefined if the function was killed, or failed. `skew`: by how much this invocation's clock is wrong. */
  invoke(event: unknown, skew?: number): Promise<unknown>;
  /** Kills one that is at work; false if none is. */
  killOne(): boolean;
  /** `crashed`: environments that ended by themselves. */
  readonly counts: { invocations: number; killed: number; timedOut: number; failed: number; crashed: number };
  /** Moves every clock on. Milliseconds. */
  advance(milliseconds: number): void;
  now(): number;
  stop(): void;
}

interface Environment {
  readonly child: ChildProcess;
  readonly skew: number;
  busy: number;
}

interface Options {
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: string;
  readonly timeoutMs: number;
  /** Events that one process works on at a time: one, as Lambda has it, unless many invocations shall cost few processes. */
  readonly eventsAtOnce?: number;
}

export const createEnvironments = ({ program, env, log, timeoutMs, eventsAtOnce = 1 }: Options): Environments => {
  const all = new Set<Environment>();
  const counts = { invocations: 0, killed: 0, timedOut: 0, failed: 0, crashed: 0 };
  let offset = 0;

  const start = async (skew: number): Promise<Environment> => {
    const output = openSync(log, "a");
    const child = fork(program, { env, stdio: ["ignore", output, output, "ipc"] });
    closeSync(output);
    const environment = { child, skew, busy: 1 };
    all.add(environment);
    child.setMaxListeners(0);
    child.once("exit", (code) => {
      all.delete(environment);
      if (code !== null && code !== 0) counts.crashed++;
    });
    await new Promise<void>((resolve, reject) => {
      child.once("message", () => resolve());
      child.once("exit", (code, signal) =>
        reject(new Error(`the environment ended with ${code ?? signal}; see ${log}`)),
      );
    });
    return environment;
  };

  return {
    counts,
    now: () => Date.now() + offset,
    advance: (milliseconds) => {
      offset += milliseconds;
    },
    async invoke(event, skew = 0) {
      const idle = [...all].find((one) => one.busy < eventsAtOnce && one.skew === skew);
      if (idle) idle.busy++;
      let environment: Environment;
      try {
        environment = idle ?? (await start(skew));
      } catch (error) {
        if (counts.killed > 0) return undefined; // it was killed as it started
        throw error;
      }
      const { child } = environment;
      const id = ++counts.invocations;
      return await new Promise((resolve) => {
        const timer = setTimeout(() => {
          counts.timedOut++;
          child.kill("SIGKILL");
        }, timeoutMs);
        const end = (answer: unknown) => {
          clearTimeout(timer);
          child.off("message", hear);
          child.off("exit", died);
          environment.busy--;
          resolve(answer);
        };
        const hear = (message: { id: number; answer?: unknown; error?: string }) => {
          if (message.id !== id) return;
          if (message.error !== undefined) counts.failed++;
          end(message.error === undefined ? (message.answer ?? null) : undefined);
        };
        const died = () => end(undefined);
        child.on("message", hear);
        child.once("exit", died);
        // One that was just killed takes nothing more, and its exit tells.
        child.send({ id, event, timeoutMs, now: Date.now() + offset + skew }, () => {});
      });
    },
    killOne() {
      const [victim] = [...all].filter(({ busy }) => busy > 0);
      if (!victim) return false;
      counts.killed++;
      victim.child.kill("SIGKILL");
      return true;
    },
    stop: () => {
      for (const { child } of all) child.kill("SIGKILL");
    },
  };
};
