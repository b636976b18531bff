export { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
export { sendingWith } from "../request-handler.ts";
