import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { S3Client } from "@aws-sdk/client-s3";
import { once } from "../concurrency/once.ts";
import { shareOf } from "../concurrency/share.ts";
import type { FindBucket } from "./bucket-requests.ts";
import { lightDynamo, longestAnswer } from "./dynamodb.ts";
import { createLargeGet } from "./large-get.ts";
import { smallRequests } from "./patience.ts";
import { plainBucketTarget, plainCredentials, plainTableTarget } from "./plain-targets.ts";
import { type Bus, openPutEvents } from "./put-events.ts";
import { bucketRegions, sendByRegion } from "./regions.ts";
import { quickS3 } from "./s3.ts";
import { createSender } from "./send.ts";
import type { SigningCredentials } from "./sign.ts";
import { createSmallRequests } from "./small-requests.ts";

/**
 * More than the large files in flight, which hold theirs while they wait for the partner; small ones take turns. Each costs
 * a TLS handshake, and S3 answers in a few hundredths of a second, so more would only cost. With less than a processor it is a share of it.
 */
const mostSockets = 128;

/**
 * Milliseconds without an answer after which a request is sent again. DynamoDB answers in a few thousandths of a second, and
 * leases are renewed with it; S3 may take some seconds.
 */
const patience = { s3: 20_000, dynamodb: 4_000 };
const connect = 3_000;

/**
 * Clients that every invocation uses; made once in the life of an execution environment, for its share of a processor. The SDK is loaded for
 * the first request that it has to make.
 */
export const createClients = (timeouts = patience, cores?: number) => {
  const sockets = shareOf(mostSockets, cores);
  const regions = bucketRegions();
  const owners = new Map<string, string>();
  const environment = process.env;

  const s3BySdk = once(async () => {
    const { bucketTarget, S3Client, SdkCrc64, sendingWith } = await import("./sdk/s3.ts");
    const sending = sendingWith({ connect, answer: timeouts.s3 }, { sockets });
    const make = (region?: string) =>
      new S3Client({
        ...(region !== undefined && { region }),
        ...sending,
        checksumAlgorithms: { CRC64NVME: SdkCrc64 },
        // A server other than AWS is told by its endpoint, and has no name per bucket.
        forcePathStyle:
          environment["AWS_ENDPOINT_URL"] !== undefined || environment["AWS_ENDPOINT_URL_S3"] !== undefined,
      });
    const home = make();
    return {
      client: sendByRegion(home, make, regions, owners),
      credentials: home.config.credentials,
      targetOf: bucketTarget(home),
    };
  });
  const dynamodbBySdk = once(async () => {
    const { DynamoDBClient, sendingWith, tableTarget } = await import("./sdk/dynamodb.ts");
    const client = new DynamoDBClient(sendingWith({ connect, answer: timeouts.dynamodb }, { sockets }));
    return { client, target: tableTarget(client) };
  });
  const s3 = {
    send: async (...asked: unknown[]) =>
      ((await s3BySdk()).client.send as (...asked: unknown[]) => Promise<unknown>)(...asked),
  } as Pick<S3Client, "send">;
  const dynamodb = {
    send: async (...asked: unknown[]) =>
      ((await dynamodbBySdk()).client as { send(...asked: unknown[]): Promise<unknown> }).send(...asked),
  } as Pick<DynamoDBClient, "send">;

  // One way to the credentials: they are the role's, for both.
  let role: SigningCredentials | undefined;
  const credentials = async () => {
    role ??= plainCredentials(environment);
    return role ?? (await s3BySdk()).credentials();
  };
  const findBucket: FindBucket = async (bucket, region) =>
    plainBucketTarget(bucket, region, environment) ?? (await s3BySdk()).targetOf(bucket, region);
  const findTable = async () => plainTableTarget(environment) ?? (await dynamodbBySdk()).target();
  const now = Date.now;
  return {
    /** By bucket, the account that has to own it, as S3 compares it with each request; filled by who knows it. */
    owners,
    /** Puts events on a bus. Few, so that a connection or two are enough. */
    putEvents: (bus: Bus) =>
      openPutEvents(bus, createSender({ credentials, sockets: 4, timeout: smallRequests.answer, now })),
    /** Knows where each bucket is, or finds out. */
    s3,
    dynamodb,
    /** The requests that are made for every file, without the SDK's millisecond of CPU for each. */
    quickS3: quickS3(
      findBucket,
      createSender({ credentials, sockets, timeout: timeouts.s3 / 2, now }),
      regions,
      owners,
      createLargeGet({ credentials, timeout: timeouts.s3 / 2, now }),
      createSmallRequests({ credentials, sockets, timeout: timeouts.s3 / 2, now }),
    ),
    lightDynamo: lightDynamo(
      findTable,
      createSender({ credentials, sockets, timeout: timeouts.dynamodb / 2, now }),
      createSmallRequests({ credentials, sockets, timeout: timeouts.dynamodb / 2, now }, longestAnswer),
    ),
  };
};
