/** See report.mjs. */
export function step<T>(title: string, work: (note: (text: string) => void) => Promise<T>): Promise<T>;
/** See report.mjs. */
export function seconds(started: number): string;
