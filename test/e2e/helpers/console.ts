// The command `bridge console` as a process, and what its page would ask.
import { join } from "node:path";
import { supervise } from "../../stack/process.ts";
import { repository } from "../../stack/tools.ts";

export interface RunningConsole {
  readonly address: string;
  readonly get: (path: string) => Promise<unknown>;
  /** Does an action and returns its answer. Throws with its error. */
  readonly act: (body: object) => Promise<unknown>;
  readonly stop: () => Promise<void>;
}

/** Starts it over a bridge that `env` leads to. */
export const startBridgeConsole = async (env: NodeJS.ProcessEnv, functionName: string): Promise<RunningConsole> => {
  const command = [join(repository, "bridge/src/bridge.ts"), "console", "--function", functionName];
  const { child, exited, stop } = supervise(process.execPath, command, { env: { ...process.env, ...env } });
  let said = "";
  const address = await new Promise<string>((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      said += chunk;
      const [found] = /http:\/\/127\.0\.0\.1:\d+\/[\w-]+\//.exec(said) ?? [];
      if (found) resolve(found);
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    exited.then(() => reject(new Error(`the console ended: ${said}`)), reject);
  });
  const answerOf = async (response: Response) => {
    if (!response.ok) throw new Error(await response.text());
    return response.json();
  };
  const get = async (path: string) => answerOf(await fetch(`${address}api/${path}`));
  return {
    address,
    get,
    act: async (body) => {
      const headers = { "content-type": "application/json", origin: new URL(address).origin };
      const begun = await fetch(`${address}api/jobs`, { method: "POST", headers, body: JSON.stringify(body) });
      const { id } = (await answerOf(begun)) as { id: string };
      for (;;) {
        const job = (await get(`jobs/${id}`)) as { state: string; answer?: unknown; error?: string };
        if (job.state === "failed") throw new Error(job.error);
        if (job.state === "done") return job.answer;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    },
    stop,
  };
};
