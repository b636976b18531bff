/** Names come from partners: what can't be seen, or makes a page show text in another order than it is in, is shown as what it is. */

/** A piece of a text; `hidden` ones stand for a character that would not be seen, as `U+202E`. */
export interface Piece {
  readonly text: string;
  readonly hidden: boolean;
}

/** Controls, formats (directions, joiners, tags), private and lone halves of pairs, line separators, and letters without a shape. */
const unseen = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029\u115f\u1160\u3164\uffa0]/gu;

const codeOf = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;

/** The text in pieces, in its own order. */
export const visible = (text: string): Piece[] => {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(unseen)) {
    if (match.index > from) pieces.push({ text: text.slice(from, match.index), hidden: false });
    pieces.push({ text: codeOf(match[0]), hidden: true });
    from = match.index + match[0].length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from), hidden: false });
  return pieces;
};
