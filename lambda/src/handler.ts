/** The function's entry: puts the parts together, once per execution environment, and hands each event on. */
import { lookup } from "node:dns/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "aws-lambda";
import type { Alias } from "./aliases.ts";
import { createClients } from "./aws/clients.ts";
import { openDeadLetters } from "./aws/dead-letters.ts";
import { openPostpone } from "./aws/postpone.ts";
import { openInvocations } from "./aws/start-invocation.ts";
import type { Clock } from "./clock.ts";
import { createBudget } from "./concurrency/budget.ts";
import { takeOverUncaught } from "./concurrency/contain.ts";
import { once } from "./concurrency/once.ts";
import { hostKeyTold, readEnvironment } from "./config/environment.ts";
import { loadConfig } from "./config/load.ts";
import type { StreamConfig } from "./config/types.ts";
import { dispatch, messagesOf } from "./dispatch.ts";
import { connectWith } from "./drain/connect-partner.ts";
import { createDeadline } from "./drain/deadline.ts";
import { openOutbox } from "./events/outbox.ts";
import type { Judges } from "./gate/types.ts";
import { nothingReported } from "./invocation.ts";
import { openTable } from "./journal/dynamo.ts";
import { openJournal } from "./journal/journal.ts";
import type { Sightings } from "./journal/lease.ts";
import { createNonces } from "./journal/nonce.ts";
import { requestDynamo } from "./journal/requests.ts";
import { createTableClock } from "./journal/table-clock.ts";
import { postponeMessages } from "./runs/take-in.ts";
import { openObjectStoreLater } from "./s3/later.ts";
import { awsSecretClients } from "./secrets/clients.ts";
import { readCredentials, reading } from "./secrets/read.ts";
import type { SecretClients } from "./secrets/types.ts";
import { defaultLimits } from "./sftp/limits.ts";
import { createTelemetry } from "./telemetry/telemetry.ts";
import { type Sizes, sizesFor } from "./transfer/sizes.ts";

const mebibyte = 1024 * 1024;
/** Parts on their way to S3, over all files of an invocation. */
const partMemory = 15 * mebibyte;

/** What the last events of an invocation may take. Milliseconds. */
const settleTime = 3_000;
/** A server other than AWS is told by the SDK's variables. */
const endpointOf = (own: string) =>
  process.env["AWS_ENDPOINT_URL_EVENTBRIDGE"] ?? process.env["AWS_ENDPOINT_URL"] ?? own;

const nonce = createNonces();

/** Gates are asked for few streams: what that takes is loaded with the first question. */
const lazyJudges = (s3: ReturnType<typeof createClients>["s3"]): Judges => {
  const judges = once(async () => (await import("./gate/open.ts")).openJudges(s3));
  return {
    invoke: async (...asked) => (await judges()).invoke(...asked),
    mayInvoke: async (...asked) => (await judges()).mayInvoke(...asked),
    tags: async (...asked) => (await judges()).tags(...asked),
  };
};

/** What the fault suite changes, so that days pass in seconds and small files count as large. */
export interface Overrides {
  readonly clients?: ReturnType<typeof createClients>;
  readonly clock?: Clock;
  readonly sizes?: Sizes;
}

/** The function with its clients and caches, as an execution environment has it. */
export const createFunction = (overrides: Overrides = {}) => {
  const environment = readEnvironment();
  const { sizes = sizesFor(Number(process.env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]) || undefined) } = overrides;
  const { clients = createClients(undefined, sizes.cores) } = overrides;
  if (environment.accountId !== undefined) clients.owners.set(environment.configBucket, environment.accountId);
  const telemetry = createTelemetry({ namespace: environment.metricNamespace });
  const clock = overrides.clock ?? { wall: Date.now, steady: () => performance.now() };
  const tableClock = createTableClock(clock);
  const ask = requestDynamo(clients.dynamodb, clients.lightDynamo, { clock, table: tableClock });
  const table = openTable(ask, environment.table, tableClock.now);
  const { deliveredTtlDays, events, name } = environment;
  const bus = events && { arn: events.bus, endpoint: endpointOf(events.endpoint), source: `${name}.bridge` };
  const outbox =
    bus && openOutbox({ on: events.on, table, put: clients.putEvents(bus), now: clock.wall, log: telemetry.log });
  const secrets = awsSecretClients({ ...clients.s3, quick: clients.quickS3 });
  const inFlight = createBudget(defaultLimits.windowBytes);
  const connectBy = (clients: SecretClients) =>
    connectWith({ secrets: clients, telemetry, now: clock.wall, inFlight, cores: sizes.cores });
  const shared = {
    table,
    journal: openJournal({ table, now: clock.wall, nonce, deliveredTtlDays, log: telemetry.log, teller: outbox }),
    objects: openObjectStoreLater(clients.s3, clients.quickS3),
    memory: createBudget(partMemory),
    telemetry,
    staging: environment.configBucket,
    accountId: environment.accountId,
    clock,
    nonce,
    random: Math.random,
    sightings: new Map() as Sightings,
    sizes,
    sleep: (milliseconds: number) => sleep(milliseconds),
    tellsHostKeys: events?.on.includes(hostKeyTold) ?? false,
    readSecret: (stream: string) => reading(stream, secrets, clock.wall),
    judges: lazyJudges(clients.s3),
    connect: connectBy(secrets),
    access: {
      secrets,
      by: (others: SecretClients) => ({
        credentials: (stream: StreamConfig) => readCredentials(stream, others, clock.wall),
        connect: connectBy(others),
      }),
    },
  };

  const deadLetters = openDeadLetters(environment.deadLetterQueueUrls);
  const postpone = openPostpone(environment.queueUrl);
  const startInvocation = openInvocations();
  const reported = nothingReported();
  const resolve = async (host: string) => (await lookup(host, { all: true })).map(({ address }) => address);

  return async (event: unknown, context: Context): Promise<unknown> => {
    telemetry.beginInvocation(context);
    try {
      const config = await loadConfig({
        s3: clients.s3,
        quick: clients.quickS3,
        bucket: environment.configBucket,
        key: environment.configKey,
      });
      for (const [bucket, owner] of config.bucketOwners ?? []) clients.owners.set(bucket, owner);
      const deadline = createDeadline(() => context.getRemainingTimeInMillis());
      const startDrain = (partners: readonly string[]) =>
        startInvocation(`${context.functionName}:${"drain" satisfies Alias}`, { action: "drain", partners });
      return await dispatch(
        {
          deps: { ...shared, config, invocationTime: deadline.remaining() },
          deadline,
          deadLetters,
          postpone,
          reported,
          outbox,
          resolve,
          startDrain,
        },
        event,
        context.invokedFunctionArn,
      );
    } catch (error) {
      telemetry.log.error("The invocation failed", { error });
      await postponeMessages({ postpone, log: telemetry.log }, messagesOf(event));
      throw error;
    } finally {
      await outbox?.settle(Math.min(settleTime, context.getRemainingTimeInMillis() - 1_000));
    }
  };
};

let handle: ReturnType<typeof createFunction> | undefined;

/** `index.handler` of the bundle. */
export const handler = (event: unknown, context: Context): Promise<unknown> => {
  if (handle === undefined) {
    takeOverUncaught();
    handle = createFunction();
  }
  return handle(event, context);
};
