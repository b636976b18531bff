/** See moto.mjs. */
export function provideMoto(): Promise<string>;
