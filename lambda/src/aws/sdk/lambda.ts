export { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
export { sendingWith } from "../request-handler.ts";
