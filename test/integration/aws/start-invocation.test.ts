import { LambdaClient } from "@aws-sdk/client-lambda";
import test, { type ExecutionContext } from "ava";
import { openInvocations } from "../../../lambda/src/aws/start-invocation.ts";
import { answering, credentials } from "../../helpers/aws-answers.ts";

const event = { action: "drain", partners: ["us@acme:22"] };

const starting = (t: ExecutionContext, endpoint: string) => {
  const client = new LambdaClient({ endpoint, region: "eu-central-1", credentials });
  t.teardown(() => client.destroy());
  return openInvocations(async () => client);
};

/** What the function's environment says during a test; the tests of this file run one after the other. */
const withEnvironment = (t: ExecutionContext, variables: Readonly<Record<string, string>>) => {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  t.teardown(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
};

test.serial("an event is handed to the function asynchronously, with the trace by which Lambda counts", async (t) => {
  let sent = "";
  const { endpoint, requests } = await answering(t, (_request, body, response) => {
    sent = body.toString();
    response.writeHead(202).end();
  });
  const trace = "Root=1-66aabbcc-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0;Lineage=1:01234567:1";
  withEnvironment(t, { AWS_LAMBDA_FUNCTION_NAME: "partner-files", _X_AMZN_TRACE_ID: trace });
  await starting(t, endpoint)("partner-files", event);
  t.deepEqual(JSON.parse(sent), event);
  t.is(requests.length, 1);
  t.is(requests[0]?.method, "POST");
  t.is(requests[0]?.url, "/2015-03-31/functions/partner-files/invocations");
  t.is(requests[0]?.headers["x-amz-invocation-type"], "Event");
  t.is(requests[0]?.headers["x-amzn-trace-id"], trace);
});

test.serial("by itself it goes where the environment says, as the role", async (t) => {
  const { endpoint, requests } = await answering(t, (_request, _body, response) => response.writeHead(202).end());
  withEnvironment(t, {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "of-the-role",
    AWS_SECRET_ACCESS_KEY: "secret",
  });
  await openInvocations()("partner-files", event);
  t.regex(String(requests[0]?.headers.authorization), /Credential=of-the-role\/\d{8}\/eu-central-1\/lambda\//);
});

for (const [status, type, remedy] of [
  [
    403,
    "AccessDeniedException",
    /partner-files can't be invoked: the role may not: run terraform apply.*InvokeFunction/,
  ],
  [429, "TooManyRequestsException", /throttles.*ask AWS/],
  [404, "ResourceNotFoundException", /partner-files can't be invoked\. \(ResourceNotFoundException: told\)/],
] as const) {
  test.serial(`${type} says what to do`, async (t) => {
    const { endpoint } = await answering(t, (_request, _body, response) =>
      response.writeHead(status, { "x-amzn-errortype": type }).end('{"message":"told"}'),
    );
    await t.throwsAsync(starting(t, endpoint)("partner-files", event), {
      name: "InvocationNotStarted",
      message: remedy,
    });
  });
}

test.serial("an API that doesn't answer costs three seconds, and says what a VPC needs", async (t) => {
  const { endpoint } = await answering(t, () => {});
  const began = performance.now();
  await t.throwsAsync(starting(t, endpoint)("partner-files", event), {
    message: /API doesn't answer: a VPC without a NAT gateway needs an interface endpoint for Lambda/,
  });
  const took = performance.now() - began;
  t.true(took > 2_900 && took < 4_500, `${took} ms`);
});

test.serial("nor does one that nobody listens at, or whose name nobody knows", async (t) => {
  for (const endpoint of ["http://127.0.0.1:1", "http://lambda.invalid"])
    await t.throwsAsync(starting(t, endpoint)("partner-files", event), { message: /API doesn't answer/ });
});
