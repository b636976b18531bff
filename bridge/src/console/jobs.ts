/** What takes long: begun by one request of the page, looked at by others. */
import { randomUUID } from "node:crypto";
import { Refusal } from "./server.ts";

export type JobView =
  | { readonly state: "running"; readonly soFar: number }
  | { readonly state: "done"; readonly answer: unknown }
  | { readonly state: "failed"; readonly error: string };

/** So many are remembered; the page asks for its own until they are done. */
const kept = 50;

export interface Jobs {
  /** Begins it and returns its name. */
  readonly begin: (work: (progress: (soFar: number) => void) => Promise<unknown>) => string;
  /** Throws Refusal for a name that isn't known (any more). */
  readonly look: (id: string) => JobView;
}

export const createJobs = (): Jobs => {
  const jobs = new Map<string, JobView>();
  const drop = () => {
    for (const [id, { state }] of jobs) if (jobs.size > kept && state !== "running") jobs.delete(id);
  };
  return {
    begin: (work) => {
      const id = randomUUID();
      jobs.set(id, { state: "running", soFar: 0 });
      void work((soFar) => jobs.set(id, { state: "running", soFar })).then(
        (answer) => jobs.set(id, { state: "done", answer }),
        (error: unknown) =>
          jobs.set(id, { state: "failed", error: error instanceof Error ? error.message : String(error) }),
      );
      drop();
      return id;
    },
    look: (id) => {
      const job = jobs.get(id);
      if (!job) throw new Refusal("That action isn't known any more: look at the stream again.");
      return job;
    },
  };
};
