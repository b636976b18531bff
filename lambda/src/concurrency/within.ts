/** Waits for something that may as well fail, but not for ever. Milliseconds. */
export const within = async (milliseconds: number, work: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work.then(() => {}).catch(() => {}), end]);
  clearTimeout(timer);
};
