// What a failed run said of its failures, to be told once more at the end: of a log of 50 minutes often only the end is kept.

/** No more lines and characters than these of what one part says in detail. */
const most = { lines: 100, characters: 400 };

/** From the lines that ava printed, `{ names, details }`: what failed, a line each, and what ava says of it. */
export function redsOfAva(lines) {
  const [start, end] = [lines.indexOf("  ─"), lines.lastIndexOf("  ─")];
  const during = start < 0 ? lines : lines.slice(0, start);
  // What no test caught is told in between, where it happened.
  const uncaught = during.flatMap((line, place) =>
    /^ {2}(?:Uncaught exception|Unhandled rejection)/.test(line) ? during.slice(place, place + 15) : [],
  );
  return {
    names: during.filter((line) => /^ {2}(?:✘|Uncaught exception|Unhandled rejection)/.test(line)),
    details: cut([...uncaught, ...(end > start ? lines.slice(start + 1, end) : [])]),
  };
}

/** The same from the lines that `terraform test` printed. */
export function redsOfTerraform(lines) {
  const details = [];
  let isError = false;
  for (const line of lines) {
    if (/^Error: /.test(line)) isError = true;
    else if (/^(?:Success!|Failure!|\S+\.hcl\.\.\.| {2}run )/.test(line)) isError = false;
    if (isError) details.push(line);
  }
  return { names: lines.filter((line) => /^ {2}run .*\.\.\. fail$/.test(line)), details: cut(details) };
}

function cut(lines) {
  const shown = lines
    .slice(0, most.lines)
    .map((line) => (line.length > most.characters ? `${line.slice(0, most.characters)} …` : line));
  return lines.length > most.lines ? [...shown, `… ${lines.length - most.lines} lines more, above`] : shown;
}
