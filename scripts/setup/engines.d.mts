/** See engines.mjs. */
export function provideEngines(
  terraformConfig: string,
): Promise<readonly { readonly title: string; readonly terraform: string; readonly terraformConfig: string }[]>;
