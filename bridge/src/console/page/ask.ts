/** Requests to the console's own server. */

const answerOf = async (response: Response): Promise<unknown> => {
  const answer: unknown = await response.json();
  if (!response.ok)
    throw new Error(
      typeof answer === "object" && answer !== null && "error" in answer ? String(answer.error) : response.statusText,
    );
  return answer;
};

/** Throws with what the server says, or that it has ended. The caller knows what the path answers. */
export const get = async <T>(path: string, query: Readonly<Record<string, string>> = {}): Promise<T> => {
  const asked = `api/${path}?${new URLSearchParams(query)}`;
  return (await answerOf(await fetch(asked).catch(gone))) as T;
};

const gone = (): never => {
  throw new Error(
    "The console doesn't answer any more: start bridge console again, and open the address that it prints.",
  );
};

type Job =
  | { state: "running"; soFar: number }
  | { state: "done"; answer: unknown }
  | { state: "failed"; error: string };

/** Begins an action and waits for its end. `progress` hears how much there is so far. */
export const act = async (body: object, progress: (soFar: number) => void): Promise<unknown> => {
  const begun = await fetch("api/jobs", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  }).catch(gone);
  const { id } = (await answerOf(begun)) as { id: string };
  for (;;) {
    const job = await get<Job>(`jobs/${id}`);
    if (job.state === "done") return job.answer;
    if (job.state === "failed") throw new Error(job.error);
    progress(job.soFar);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
};
