import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { NodeHttpHandler } from "@smithy/node-http-handler";

/** More than the files in flight, so that none waits for a socket while others wait for it. */
const sockets = 256;

const handler = (requestTimeout: number) =>
  new NodeHttpHandler({
    connectionTimeout: 5_000,
    requestTimeout,
    httpsAgent: { maxSockets: sockets, keepAlive: true },
  });

/** Milliseconds until a request without an answer is sent again. */
const patience = { s3: 60_000, dynamodb: 10_000 };

/** Clients that every invocation uses; made once in the life of an execution environment. */
export const createClients = (timeouts = patience) => ({
  s3: new S3Client({
    requestHandler: handler(timeouts.s3),
    maxAttempts: 5,
    followRegionRedirects: true,
    // A server other than AWS is told by its endpoint, and has no name per bucket.
    forcePathStyle: process.env["AWS_ENDPOINT_URL"] !== undefined || process.env["AWS_ENDPOINT_URL_S3"] !== undefined,
  }),
  dynamodb: new DynamoDBClient({ requestHandler: handler(timeouts.dynamodb), maxAttempts: 5 }),
});
