// How the demo prints.

/** Prints a heading. */
export function heading(text: string): void {
  console.log(`\n${colour("bold", text)}`);
}

/** Prints rows as a table with aligned columns, indented. */
export function table(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => [...(row[column] ?? "")].length)));
  for (const row of rows)
    console.log(
      `  ${row.map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - [...cell].length)).join("  ")}`.trimEnd(),
    );
}

/** A size in the units that people read. */
export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(0)} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

const codes = { bold: 1, red: 31, green: 32 } as const;

/** The text in bold or in a colour, on a terminal that wants colours. */
export function colour(which: keyof typeof codes, text: string): string {
  return process.stdout.isTTY && process.env["NO_COLOR"] === undefined ? `\x1b[${codes[which]}m${text}\x1b[0m` : text;
}
