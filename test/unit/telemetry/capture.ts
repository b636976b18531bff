/** What a synchronous piece of code writes to stdout and stderr, line by line and in order. */
export const linesOf = (write: () => void): string[] => {
  let text = "";
  const keep = (chunk: unknown) => {
    text += String(chunk);
    return true;
  };
  const { stdout, stderr } = process;
  const [out, err] = [stdout.write, stderr.write];
  stdout.write = keep as typeof stdout.write;
  stderr.write = keep as typeof stderr.write;
  try {
    write();
  } finally {
    stdout.write = out;
    stderr.write = err;
  }
  return text.split("\n").slice(0, -1);
};
