/**
 * Does `work` for each of the jobs, in their order, `most` at one time: the next begins as one ends. Rejects with what `work`
 * throws first; jobs that are still to be done are done all the same.
 */
export const sideBySide = async <T>(
  most: number,
  jobs: Iterable<T>,
  work: (job: T) => Promise<void>,
): Promise<void> => {
  const waiting = Iterator.from(jobs);
  const worker = async (first: T): Promise<void> => {
    await work(first);
    for (let job = waiting.next(); !job.done; job = waiting.next()) await work(job.value);
  };
  const workers: Promise<void>[] = [];
  // Only as many as there is work for: lists are mostly short, and often empty.
  while (workers.length < most) {
    const job = waiting.next();
    if (job.done) break;
    workers.push(worker(job.value));
  }
  await Promise.all(workers);
};
