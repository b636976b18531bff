import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { shareOf } from "../concurrency/share.ts";
import { SdkCrc64 } from "./checksum.ts";
import { lightDynamo, longestAnswer } from "./dynamodb.ts";
import { createLargeGet } from "./large-get.ts";
import { type Bus, openPutEvents } from "./put-events.ts";
import { bucketRegions, sendByRegion } from "./regions.ts";
import { sendingWith, smallRequests } from "./request-handler.ts";
import { quickS3 } from "./s3.ts";
import { createSender } from "./send.ts";
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

/** Clients that every invocation uses; made once in the life of an execution environment, for its share of a processor. */
export const createClients = (timeouts = patience, cores?: number) => {
  const sockets = shareOf(mostSockets, cores);
  const s3Sending = sendingWith({ connect, answer: timeouts.s3 }, { sockets });
  const makeS3 = (region?: string) =>
    new S3Client({
      ...(region !== undefined && { region }),
      ...s3Sending,
      checksumAlgorithms: { CRC64NVME: SdkCrc64 },
      // A server other than AWS is told by its endpoint, and has no name per bucket.
      forcePathStyle: process.env["AWS_ENDPOINT_URL"] !== undefined || process.env["AWS_ENDPOINT_URL_S3"] !== undefined,
    });
  const s3 = makeS3();
  const regions = bucketRegions();
  const owners = new Map<string, string>();
  const dynamodb = new DynamoDBClient(sendingWith({ connect, answer: timeouts.dynamodb }, { sockets }));
  // One way to the credentials: they are the role's, for both.
  const credentials = () => s3.config.credentials();
  const now = Date.now;
  return {
    /** By bucket, the account that has to own it, as S3 compares it with each request; filled by who knows it. */
    owners,
    /** Puts events on a bus. Few, so that a connection or two are enough. */
    putEvents: (bus: Bus) =>
      openPutEvents(bus, createSender({ credentials, sockets: 4, timeout: smallRequests.answer, now })),
    /** Knows where each bucket is, or finds out. */
    s3: sendByRegion(s3, makeS3, regions, owners),
    dynamodb,
    /** The requests that are made for every file, without the SDK's millisecond of CPU for each. */
    quickS3: quickS3(
      s3,
      createSender({ credentials, sockets, timeout: timeouts.s3 / 2, now }),
      regions,
      owners,
      createLargeGet({ credentials, timeout: timeouts.s3 / 2, now }),
      createSmallRequests({ credentials, sockets, timeout: timeouts.s3 / 2, now }),
    ),
    lightDynamo: lightDynamo(
      dynamodb,
      createSender({ credentials, sockets, timeout: timeouts.dynamodb / 2, now }),
      createSmallRequests({ credentials, sockets, timeout: timeouts.dynamodb / 2, now }, longestAnswer),
    ),
  };
};
