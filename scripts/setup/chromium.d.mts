/** See chromium.mjs. */
export function provideChromium(): Promise<{ program: string; libraries: string }>;
