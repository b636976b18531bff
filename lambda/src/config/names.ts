/** Names with fields: of markers, and of files at their destination. */
import * as v from "valibot";
import { text } from "./fields.ts";

export const isName = (name: string): boolean => !/[/\p{Cc}]/u.test(name) && name !== "." && name !== "..";
/** A name with just one field, `{name}` or `{stem}`. */
export const fileTemplate = v.pipe(
  text,
  v.check(
    (name) => isName(name) && /^[^{}]*\{(name|stem)\}[^{}]*$/.test(name) && !/^\{(name|stem)\}$/.test(name),
    'has to be a name with "{name}" or "{stem}" in it once, and something beside it, such as "{name}.done"',
  ),
);

const times = "(now|mtime):(yyyy|yy|MM|dd|HH|mm|ss|[-_.T])+";
const templatePattern = new RegExp(
  `^(\\{dir\\}/)?([^{}\\p{Cc}\\\\]|\\{(name|stem|ext|stream|seq(:([1-9]|1[0-5]))?|${times})\\})+$`,
  "u",
);
/** Has it something that differs from file to file? */
const mayDiffer = (template: string): boolean =>
  /\{(name|stem|seq(:\d+)?)\}|\{(now|mtime):[^{}]*ss[^{}]*\}/.test(template);

/** A path with fields, of which several may be one. */
export const freeTemplate = v.pipe(
  text,
  v.check(
    (template) => templatePattern.test(template),
    'has a field that there isn\'t, or "{dir}" elsewhere than at its beginning with a slash behind it. Fields are {dir}, {name}, {stem}, {ext}, {stream}, {seq:6}, {now:yyyyMMdd} and {mtime:HHmmss}',
  ),
  v.check(
    (template) => !template.split("/").some((segment) => segment === "" || segment === "." || segment === ".."),
    'may not begin or end in "/", nor have an empty segment, "." or ".."',
  ),
);

/** A path with fields (`push.name`, `pull.name`). */
export const pathTemplate = v.pipe(
  freeTemplate,
  v.check(mayDiffer, "gives all files one name: it needs {name}, {stem}, {seq} or a time to the second"),
);

/** What is moved to an archive isn't counted. */
export const withoutNumbers = v.check(
  (template: string) => !/\{seq/.test(template),
  "can't have {seq} in it: only what files are called where they arrive is counted",
);
