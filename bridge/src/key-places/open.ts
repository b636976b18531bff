import type { KeptAt } from "../../../lambda/src/operator/rotate-key.ts";
import type { KeyPlace, KeyServices } from "./types.ts";

/** The place that the function has named. */
export const openPlace = async (
  { secret_arn, ssm_parameter, s3, json_key }: KeptAt,
  services: KeyServices,
): Promise<KeyPlace> => {
  // Each with its client, which no other action of the command needs.
  if (secret_arn !== null) {
    const { secretPlace } = await import("./secret.ts");
    return secretPlace(await services.secretsManager(secret_arn), { secret_arn, json_key });
  }
  if (ssm_parameter !== null) {
    const { parameterPlace } = await import("./parameter.ts");
    return parameterPlace(await services.ssm(ssm_parameter), { ssm_parameter, json_key });
  }
  const { objectPlace } = await import("./object.ts");
  return objectPlace(await services.s3(), s3 ?? "");
};
