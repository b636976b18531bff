export function assertVersion(version: string | undefined, current: string): void;
export function writeVersion(root: string, version: string): void;
export function assertNamespace(root: string, namespace: string | undefined): void;
export function writeNamespace(root: string, files: readonly string[], namespace: string): void;
