export const terraformEnvironment: Readonly<Record<string, string>>;
