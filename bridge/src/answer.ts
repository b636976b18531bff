/** What the function answers. */
export interface Answer {
  readonly ok: boolean;
  readonly action: string;
  readonly next?: string;
  readonly error?: { readonly kind: string; readonly message: string };
  readonly [field: string]: unknown;
}

/** Two parts of one answer as one: lists follow each other, counts add up, whether all passed is what both say. */
export const join = (first: Answer | undefined, second: Answer): Answer => {
  if (first === undefined) return second;
  const joined: Record<string, unknown> = { ...first, ...second };
  for (const [name, value] of Object.entries(first)) {
    const other = second[name];
    if (Array.isArray(value) && Array.isArray(other)) joined[name] = [...value, ...other];
    else if (typeof value === "number" && typeof other === "number") joined[name] = value + other;
    else if (name === "passed") joined[name] = value === true && other === true;
    else if (isRecord(value) && isRecord(other))
      joined[name] = join(value as unknown as Answer, other as unknown as Answer);
  }
  if (second.next === undefined) delete joined["next"];
  return joined as unknown as Answer;
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isAnswer = (value: unknown): value is Answer => isRecord(value) && typeof value["ok"] === "boolean";
