/** HCL as `terraform fmt` leaves it. https://developer.hashicorp.com/terraform/language/syntax/configuration */

export type Value = string | number | boolean | readonly Value[] | Body;
export type Body = { readonly [key: string]: Value | undefined };

/** Comments for the line of a field, by its path with periods between. */
export type Comments = ReadonlyMap<string, readonly string[]>;

const escapes: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\" };

/** A text between quotes, in which nothing is a template. */
export const quote = (text: string): string => {
  const inner = text
    .replace(/[\n\r\t"\\]/g, (character) => escapes[character] ?? character)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to be escaped
    .replace(/[\u0000-\u001f\u007f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .replace(/([$%])\{/g, "$1$1{");
  return `"${inner}"`;
};

const nameOf = (key: string): string => (/^[A-Za-z_][A-Za-z0-9_-]*$/.test(key) ? key : quote(key));

const isBody = (value: Value): value is Body => typeof value === "object" && !Array.isArray(value);

const isShort = (value: Value): boolean =>
  !isBody(value) ||
  (!Object.values(value).some((one) => one !== undefined && isBody(one)) && inline(value).length <= 90);

/** On one line. */
const inline = (value: Value): string => {
  if (typeof value === "string") return quote(value);
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  if (!isBody(value)) return String(value);
  const fields = Object.entries(value).flatMap(([key, one]) =>
    one === undefined ? [] : [`${nameOf(key)} = ${inline(one)}`],
  );
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
};

/** The lines of a body's fields, those of one line after another aligned at their equals signs. */
export const renderBody = (body: Body, comments: Comments = new Map(), path = "", indent = ""): readonly string[] => {
  const fields = Object.entries(body).flatMap(([key, value]) => {
    if (value === undefined) return [];
    const above = comments.get(path + key) ?? [];
    const nested = [...comments.keys()].some((place) => place.startsWith(`${path}${key}.`));
    return [{ key, value, above, short: isShort(value) && !nested }];
  });
  const widthAt = (i: number): number => {
    let first = i;
    while (first > 0 && fields[first - 1]?.short && fields[first]?.above.length === 0) first--;
    let width = 0;
    for (let at = first; at < fields.length; at++) {
      const field = fields[at];
      if (field === undefined || !field.short || (at > first && field.above.length > 0)) break;
      width = Math.max(width, nameOf(field.key).length);
    }
    return width;
  };
  return fields.flatMap(({ key, value, above, short }, i) => {
    const remarks = above.map((line) => `${indent}# ${line}`);
    if (short) return [...remarks, `${indent}${nameOf(key).padEnd(widthAt(i))} = ${inline(value)}`];
    return [
      ...remarks,
      `${indent}${nameOf(key)} = {`,
      ...renderBody(value as Body, comments, `${path}${key}.`, `${indent}  `),
      `${indent}}`,
    ];
  });
};
