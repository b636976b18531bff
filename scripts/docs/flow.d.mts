export const flowThemes: readonly string[];
export function drawFlow(theme: string): string;
