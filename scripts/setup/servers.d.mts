/** See servers.mjs. */
export function provideProftpd(): Promise<{ program: string; modules: string; libraries: string }>;
/** See servers.mjs. */
export function provideMina(): Promise<{ java: string; classpath: string }>;
/** See servers.mjs. */
export function provideRclone(): Promise<string>;
