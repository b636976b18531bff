/** The inner loop of a CRC64 as a module of WebAssembly, made by lambda/build/crc64-code.ts, and where its memory has what. */

/**
 * With x the polynomial's variable, x^(8 · 2210) is the sum of x^(8 · (2210 - lag)) for each of these: a byte that stands 2,210
 * bytes or more before the end may as well stand so many bytes later, once for each. Found by a search through sums of four
 * powers; with seven terms hardly any is shorter.
 */
export const lags = [149, 583, 728, 1485, 1612, 2042, 2210] as const;
/** Bytes of a step. Fewer than the least lag. */
export const stepBytes = 64;
/** What is left for the tables: as many steps as the last lag has. Bytes. */
export const lastBytes = 35 * stepBytes;
/** The least that is worth it, and more than `lastBytes`. */
export const leastBytes = 8 * 1024;

/** Of a table of 256 numbers. There are eight: of a byte with 0 to 7 zeros behind it. */
export const tableBytes = 256 * 8;
/** Eight zeros. */
export const zerosAt = 8 * tableBytes;
/** Where what was folded goes: so many bytes at a time, with those before them and those that are left in the end. */
export const windowAt = 32 * 1024;
export const windowBytes = 8 * 1024;
/** Where the bytes go. */
export const bytesAt = 64 * 1024;
/** How many fit there. */
export const bytesFit = 256 * 1024;

/** Exports `m`, the memory, and functions that take a long piece in whole steps (`p`), eight bytes (`e`) or one (`o`). */
export const code =
  "AGFzbQEAAAABCAFgA39/fgF+AwQDAAAABQMBAAUHEQQBbQIAAXAAAAFlAAEBbwACCrEHA+QFAQF/QYCAAkEAQcAR/AsAQYCAAiACNwMeQYCAAiEDA0AgAyAA/QAEACAD/QAEqxD9USAD/QAE+Qz9USAD/QAE6Av9USAD/QAE8wX9USAD/QAE9AT9USAD/QAExgH9USAD/QAEHv1R/QsEwBEgAyAA/QAEECAD/QAEuxD9USAD/QAEiQ39USAD/QAE+Av9USAD/QAEgwb9USAD/QAEhAX9USAD/QAE1gH9USAD/QAELv1R/QsE0BEgAyAA/QAEICAD/QAEyxD9USAD/QAEmQ39USAD/QAEiAz9USAD/QAEkwb9USAD/QAElAX9USAD/QAE5gH9USAD/QAEPv1R/QsE4BEgAyAA/QAEMCAD/QAE2xD9USAD/QAEqQ39USAD/QAEmAz9USAD/QAEowb9USAD/QAEpAX9USAD/QAE9gH9USAD/QAETv1R/QsE8BEgA0HAAGoiA0GAwAJGBEBBgIACIANBwBH8CgAAQYCAAiEDCyAAQcAAaiIAIAFBwBFrSQ0ACyADQcARakEAQcAR/AsAA0AgAyAA/QAEACAD/QAEqxD9USAD/QAE+Qz9USAD/QAE6Av9USAD/QAE8wX9USAD/QAE9AT9USAD/QAExgH9USAD/QAEHv1R/QsEgCMgAyAA/QAEECAD/QAEuxD9USAD/QAEiQ39USAD/QAE+Av9USAD/QAEgwb9USAD/QAEhAX9USAD/QAE1gH9USAD/QAELv1R/QsEkCMgAyAA/QAEICAD/QAEyxD9USAD/QAEmQ39USAD/QAEiAz9USAD/QAEkwb9USAD/QAElAX9USAD/QAE5gH9USAD/QAEPv1R/QsEoCMgAyAA/QAEMCAD/QAE2xD9USAD/QAEqQ39USAD/QAEmAz9USAD/QAEowb9USAD/QAEpAX9USAD/QAE9gH9USAD/QAETv1R/QsEsCMgA0HAAGohAyAAQcAAaiIAIAFJDQALIANBwBFqIANBgCNqQgAQAQuXAQEBfgNAIAApAwAgAoUhAyADQgOGp0H4D3EpA4BwIANCBYinQfgPcSkDgGCFIANCDYinQfgPcSkDgFCFIANCFYinQfgPcSkDgECFIANCHYinQfgPcSkDgDCFIANCJYinQfgPcSkDgCCFIANCLYinQfgPcSkDgBCFIANCNYinQfgPcSkDAIUhAiAAQQhqIgAgAUkNAAsgAgswAQB+A0AgADEAACAChUIDhqdB+A9xKQMAIAJCCIiFIQIgAEEBaiIAIAFJDQALIAIL";
