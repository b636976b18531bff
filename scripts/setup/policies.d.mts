/** See policies.mjs. */
export function providePolicyCatalogue(): Promise<string>;
