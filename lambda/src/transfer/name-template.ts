/** Names that are made of a file's name: `{name}.done`, `{stem}.ok`. */
import type { PullConfig, PushConfig } from "../config/types.ts";

/** `report.csv` is `report` and `.csv`; a dot at the beginning ends nothing. */
export const stemOf = (name: string): string => name.replace(/(?!^)\.[^.]*$/s, "");

/** The name that a template makes of a file's name. */
export const nameFrom = (template: string, name: string): string =>
  template.replace(/\{(name|stem)\}/g, (_, field) => (field === "name" ? name : stemOf(name)));

/** May the template have made this name, of whatever file's? */
export const mayBeFrom = (template: string, name: string): boolean => {
  const [before = "", after] = template.split(/\{(?:name|stem)\}/);
  if (after === undefined) return name === template;
  return name.length > before.length + after.length && name.startsWith(before) && name.endsWith(after);
};

/** What files of a side are named by, where that isn't as at their source: also where a number may have to be put to that name. */
export const templateOf = ({
  name,
  onExists,
}: Pick<PushConfig | PullConfig, "name" | "onExists">): string | undefined =>
  name ?? (onExists === "number" ? "{dir}/{name}" : undefined);
