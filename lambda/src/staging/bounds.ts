/** How much may come out of a file that is opened: a few bytes can be made to fill up a disk. */
import { UnfitError } from "../transfer/errors.ts";

/** Up to here a file may be as small as it likes: sparse ones are a thousandth. Bytes. */
const neverTooMuch = 16 * 1024 * 1024;

/** An error with the file and these words in it. */
export type Unfit = (words: string, options?: ErrorOptions) => UnfitError;

/** … of a file that is opened on its way into S3. */
export const unfitOf =
  (what: string): Unfit =>
  (words, options) =>
    new UnfitError(`${what} ${words}. Nothing of it is put into S3; it stays at the partner`, options);

interface BoundsOptions {
  readonly maxBytes: number;
  readonly maxRatio: number;
  /** Whose limits they are. */
  readonly field: string;
  readonly unfit: Unfit;
}

/** `grow` counts what came out, when so many bytes went in; `expect` judges what is to come. Both throw UnfitError. */
export const createBounds = ({ maxBytes, maxRatio, field, unfit }: BoundsOptions) => {
  let seen = 0;
  const expect = (bytes: number, read: number): void => {
    if (bytes > maxBytes) throw unfit(`has more than ${maxBytes} bytes inside, which ${field}.max_bytes allows`);
    if (bytes > neverTooMuch && bytes > read * maxRatio)
      throw unfit(
        `becomes more than ${maxRatio} times as large as it is, which ${field}.max_ratio allows: it may be made to fill up a disk`,
      );
  };
  return {
    expect,
    grow(more: number, read: number): void {
      seen += more;
      expect(seen, read);
    },
  };
};
