/** The key can't be changed: what is missing, or in the way. Never with any text of a secret. */
export class RotationError extends Error {
  override readonly name = "RotationError";
}

/** What a service answers, with `what` it was asked of and the permission that it takes. */
export const explaining = async <T>(what: string, permission: string, act: Promise<T>): Promise<T> => {
  try {
    return await act;
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    const missing = /AccessDenied|Forbidden|^403$/.test(name)
      ? ` Your role needs ${permission} on it, and the use of its KMS key if that is one of yours (docs/keys.md).`
      : "";
    throw new RotationError(`${what}: ${permission.split(":")[1]} failed: ${name}: ${message}.${missing}`);
  }
};

/** The same, but undefined for what isn't there. */
export const ifThere = async <T>(act: Promise<T>): Promise<T | undefined> => {
  try {
    return await act;
  } catch (error) {
    if (error instanceof Error && /^(ParameterNotFound|NotFound|NoSuchKey)$/.test(error.name)) return undefined;
    throw error;
  }
};
