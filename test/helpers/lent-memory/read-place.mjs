// Stands for lambda/src/sftp/ssh/read-place.ts: what came is overwritten once it was handed on, so that whoever still reads it gets wrong bytes.
import * as real from "../../../lambda/src/sftp/ssh/read-place.ts?itself";

export const { lendReads } = real;

export const createReadPlace = () => {
  const { onread, of } = real.createReadPlace();
  const callback = (count, place) => {
    const goesOn = onread.callback(count, place);
    onread.buffer.fill("over!", 0, count);
    return goesOn;
  };
  return { onread: { ...onread, callback }, of };
};
