export { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
export { sendingWith } from "../request-handler.ts";
