/** Where AWS is stricter than the emulator: each shim of test/stack/shims bites. */
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  FilterLogEventsCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  CreateEventSourceMappingCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import test from "ava";
import { aws } from "../stack/aws-cli.ts";
import { awsConfig, logsOf, type Stack, startStack, until } from "../stack/index.ts";
import { createFunction, createRole } from "./helpers/function.ts";

const startsAfter = 15;
const settlesAfter = 10;
const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1_000));

let stack: Stack;
test.before(async () => {
  stack = await startStack({ aws: { eventBridgeStartsAfter: startsAfter, iamSettlesAfter: settlesAfter } });
});
test.after.always(() => stack?.stop());

const policy = (statement: object) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });

const s3 = () => new S3Client({ ...awsConfig(stack), forcePathStyle: true });
const sqs = () => new SQSClient(awsConfig(stack));

const createBucket = async (Bucket: string) => {
  const CreateBucketConfiguration = { LocationConstraint: "eu-central-1" as const };
  await s3().send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
  await s3().send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
};

const arnOf = (queue: string) => `arn:aws:sqs:${stack.region}:${stack.accountId}:${queue}`;

/** A queue into which EventBridge may put what rules of this name send, if one is given. */
const createQueue = async (QueueName: string, rules?: string, seconds = 30) => {
  const Policy = policy({
    Principal: { Service: "events.amazonaws.com" },
    Action: "sqs:SendMessage",
    Resource: arnOf(QueueName),
    Condition: { ArnLike: { "aws:SourceArn": `arn:aws:events:${stack.region}:${stack.accountId}:rule/${rules}` } },
  });
  const Attributes = { VisibilityTimeout: String(seconds), ...(rules !== undefined && { Policy }) };
  const { QueueUrl = "" } = await sqs().send(new CreateQueueCommand({ QueueName, Attributes }));
  return QueueUrl;
};

/** A rule that sends S3's events of a bucket to a queue. */
const sendTo = async (rule: string, bucket: string, target: string, deadLetters?: string) => {
  const pattern = { source: ["aws.s3"], detail: { bucket: { name: [bucket] } } };
  await aws(stack, "events", "put-rule", "--name", rule, "--event-pattern", JSON.stringify(pattern));
  const DeadLetterConfig = deadLetters === undefined ? {} : { DeadLetterConfig: { Arn: deadLetters } };
  const targets = JSON.stringify([{ Id: "one", Arn: target, ...DeadLetterConfig }]);
  await aws(stack, "events", "put-targets", "--rule", rule, "--targets", targets);
};

type Event = { readonly detail: { readonly object: { readonly key: string; readonly "version-id"?: string } } };

const eventsIn = async (QueueUrl: string): Promise<Event["detail"]["object"][]> => {
  const { Messages = [] } = await sqs().send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  for (const { ReceiptHandle } of Messages) await sqs().send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  return Messages.map(({ Body = "" }) => (JSON.parse(Body) as Event).detail.object);
};

const turnOn = (Bucket: string) =>
  s3().send(
    new PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration: { EventBridgeConfiguration: {} },
    }),
  );

test("a bucket of another account than the request expects is denied, whatever is asked of it", async (t) => {
  await createBucket("whose");
  await s3().send(new PutObjectCommand({ Bucket: "whose", Key: "k", Body: "x", ExpectedBucketOwner: stack.accountId }));
  const theirs = { Bucket: "whose", Key: "k", ExpectedBucketOwner: "999999999999" };
  await t.throwsAsync(s3().send(new GetObjectCommand(theirs)), { name: "AccessDenied" });
  await t.throwsAsync(s3().send(new PutObjectCommand({ ...theirs, Body: "y" })), { name: "AccessDenied" });
  const { Body } = await s3().send(new GetObjectCommand({ ...theirs, ExpectedBucketOwner: stack.accountId }));
  t.is(await Body?.transformToString(), "x");
});

test("events of a bucket begin only some time after they were turned on, and name the version", async (t) => {
  await createBucket("late-events");
  const queue = await createQueue("late-events", "late-events");
  await sendTo("late-events", "late-events", arnOf("late-events"));
  const put = (Key: string) => s3().send(new PutObjectCommand({ Bucket: "late-events", Key, Body: "x" }));
  await turnOn("late-events");
  await put("early");
  await sleep(startsAfter + 1);
  const { VersionId } = await put("late");
  const [event] = await until("the event", 30, async () => {
    const events = await eventsIn(queue);
    return events.length > 0 ? events : undefined;
  });
  t.is(event?.key, "late");
  t.is(event?.["version-id"], VersionId);
  t.deepEqual(await eventsIn(queue), []);
});

test("EventBridge puts nothing into a queue whose policy doesn't let it, and what it can't goes to the target's dead letters", async (t) => {
  await createBucket("denied");
  const closed = await createQueue("closed");
  const elsewhere = await createQueue("elsewhere", "another-rule");
  const letters = await createQueue("letters", "denied-*");
  await sendTo("denied-one", "denied", arnOf("closed"), arnOf("letters"));
  await sendTo("denied-two", "denied", arnOf("elsewhere"), arnOf("letters"));
  await turnOn("denied");
  await sleep(startsAfter + 1);
  await s3().send(new PutObjectCommand({ Bucket: "denied", Key: "a", Body: "x" }));
  const found: string[] = [];
  await until("both dead letters", 30, async () => {
    found.push(...(await eventsIn(letters)).map(({ key }) => key));
    return found.length === 2 ? true : undefined;
  });
  t.deepEqual(found, ["a", "a"]);
  t.deepEqual([...(await eventsIn(closed)), ...(await eventsIn(elsewhere))], []);
});

const saysThatItWasThere = `exports.handler = async (event) => { console.log("invoked", JSON.stringify(event)); };`;

test("EventBridge invokes no function whose policy doesn't let it", async (t) => {
  await createBucket("invoking");
  const arn = await createFunction(stack, "invoked", saysThatItWasThere, 10);
  await sendTo("invoking", "invoking", arn);
  await turnOn("invoking");
  await sleep(startsAfter + 1);
  const put = (Key: string) => s3().send(new PutObjectCommand({ Bucket: "invoking", Key, Body: "x" }));
  await put("without-leave");
  await sleep(3);
  const permission = [
    "--statement-id",
    "one",
    "--action",
    "lambda:InvokeFunction",
    "--principal",
    "events.amazonaws.com",
  ];
  const source = ["--source-arn", `arn:aws:events:${stack.region}:${stack.accountId}:rule/invoking`];
  await aws(stack, "lambda", "add-permission", "--function-name", "invoked", ...permission, ...source);
  await put("with-leave");
  const lines = await until("the invocation", 30, async () => {
    const said = (await logsOf(stack, "invoked"))
      .map(({ message }) => message)
      .filter((line) => line.includes("invoked"));
    return said.some((line) => line.includes("with-leave")) ? said : undefined;
  });
  t.false(lines.some((line) => line.includes("without-leave")));
});

test("Lambda takes no queue whose messages come back before the function may have ended", async (t) => {
  const lambda = new LambdaClient(awsConfig(stack));
  await createFunction(stack, "slow", saysThatItWasThere, 60);
  await createQueue("short", undefined, 30);
  await createQueue("long", undefined, 90);
  const map = (queue: string) =>
    lambda.send(new CreateEventSourceMappingCommand({ FunctionName: "slow", EventSourceArn: arnOf(queue) }));
  await t.throwsAsync(map("short"), {
    name: "InvalidParameterValueException",
    message: /visibility timeout: 30 seconds is less than Function timeout: 60/,
  });
  await t.notThrowsAsync(map("long"));
  const longer = new UpdateFunctionConfigurationCommand({ FunctionName: "slow", Timeout: 91 });
  await t.throwsAsync(lambda.send(longer), { name: "InvalidParameterValueException" });
});

test("a change of a role's policy counts after some time, and a missing object is denied to whoever may not list", async (t) => {
  await createBucket("guarded");
  const iam = new IAMClient(awsConfig(stack));
  const RoleArn = await createRole(stack, "reader");
  const { Credentials: session } = await new STSClient(awsConfig(stack)).send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: "test" }),
  );
  const credentials = {
    accessKeyId: session?.AccessKeyId ?? "",
    secretAccessKey: session?.SecretAccessKey ?? "",
    sessionToken: session?.SessionToken ?? "",
  };
  const reader = new S3Client({ ...awsConfig(stack, credentials), forcePathStyle: true });
  await s3().send(new PutObjectCommand({ Bucket: "guarded", Key: "a", Body: "x" }));
  const get = (Key: string) => reader.send(new GetObjectCommand({ Bucket: "guarded", Key }));
  const allow = (PolicyName: string, Action: string, Resource: string) =>
    iam.send(
      new PutRolePolicyCommand({ RoleName: "reader", PolicyName, PolicyDocument: policy({ Action, Resource }) }),
    );
  const settled = Date.now() + settlesAfter * 1_000;
  await allow("read", "s3:GetObject", "arn:aws:s3:::guarded/*");
  await t.throwsAsync(get("a"), { name: "AccessDenied" });
  await until("the policy to count", settlesAfter + 20, () => get("a"));
  t.true(Date.now() >= settled);
  await t.throwsAsync(get("nothing"), { name: "AccessDenied" });
  await allow("list", "s3:ListBucket", "arn:aws:s3:::guarded");
  await t.throwsAsync(get("nothing"), { name: "AccessDenied" });
  await sleep(settlesAfter + 1);
  await t.throwsAsync(get("nothing"), { name: "NoSuchKey" });
});

test("a log line of more than 256 KB comes in pieces", async (t) => {
  const logs = new CloudWatchLogsClient(awsConfig(stack));
  const where = { logGroupName: "/long/lines", logStreamName: "one" };
  await logs.send(new CreateLogGroupCommand({ logGroupName: where.logGroupName }));
  await logs.send(new CreateLogStreamCommand(where));
  const message = JSON.stringify({ text: "x".repeat(300_000) });
  await logs.send(new PutLogEventsCommand({ ...where, logEvents: [{ timestamp: Date.now(), message }] }));
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: where.logGroupName }));
  t.is(events.length, 2);
  t.is(events.map((event) => event.message).join(""), message);
  t.true(events.every((event) => Buffer.byteLength(event.message ?? "") <= 262_144 - 26));
});

test("a queue's messages stay hidden for its visibility time-out", async (t) => {
  const queue = await createQueue("hidden", undefined, 600);
  await aws(stack, "sqs", "send-message", "--queue-url", queue, "--message-body", "x");
  t.is((await sqs().send(new ReceiveMessageCommand({ QueueUrl: queue }))).Messages?.length, 1);
  t.is((await sqs().send(new ReceiveMessageCommand({ QueueUrl: queue }))).Messages?.length ?? 0, 0);
  const { Attributes } = await sqs().send(
    new GetQueueAttributesCommand({ QueueUrl: queue, AttributeNames: ["ApproximateNumberOfMessagesNotVisible"] }),
  );
  t.is(Attributes?.["ApproximateNumberOfMessagesNotVisible"], "1");
});
