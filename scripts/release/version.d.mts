export function assertVersion(version: string | undefined, current: string): void;
export function writeVersion(root: string, version: string): void;
