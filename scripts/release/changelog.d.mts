export function released(
  changelog: string,
  version: string,
  date: string,
): { readonly text: string; readonly notes: string };
