export { DecryptCommand, KMSClient } from "@aws-sdk/client-kms";
export { sendingWith } from "../request-handler.ts";
