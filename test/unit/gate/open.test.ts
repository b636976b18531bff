/** Gates as AWS has them: what is asked, and what counts as no answer. */
import { S3ServiceException } from "@aws-sdk/client-s3";
import test from "ava";
import { NoVerdict } from "../../../lambda/src/gate/judge.ts";
import { openJudges } from "../../../lambda/src/gate/open.ts";

const arn = "arn:aws:lambda:eu-central-1:111111111111:function:scan";
const { signal } = new AbortController();

/** A client that answers with this, and what it was sent. */
const client = (answer: () => unknown) => {
  const sent: { name: string; input: Record<string, unknown> }[] = [];
  const send = async (command: { input: Record<string, unknown> }) => {
    sent.push({ name: command.constructor.name, input: command.input });
    return answer();
  };
  // Of the clients nothing but `send` is used.
  return { sent, send } as unknown as { sent: typeof sent; send: never };
};
const none = client(() => ({}));

test("a function is invoked by its ARN, waited for, and its answer is read", async (t) => {
  const lambda = client(() => ({ Payload: Buffer.from('{"verdict":"pass"}') }));
  t.deepEqual(await openJudges(none, lambda).invoke(arn, { key: "a" }, signal), { verdict: "pass" });
  const [{ name, input } = { name: "", input: {} }] = lambda.sent;
  t.is(name, "InvokeCommand");
  t.like(input, { FunctionName: arn, InvocationType: "RequestResponse" });
  t.is(String(input["Payload"]), '{"key":"a"}');
});

for (const [title, answer, words] of [
  [
    "that failed",
    { FunctionError: "Unhandled", Payload: Buffer.from('{"verdict":"pass","errorMessage":"boom"}') },
    /failed \(Unhandled\).*boom/,
  ],
  ["that answers no JSON", { Payload: Buffer.from("pass") }, /isn't JSON/],
  ["that answers nothing", {}, /isn't JSON/],
] as const)
  test(`a function ${title} gave no verdict`, async (t) => {
    const lambda = client(() => answer);
    await t.throwsAsync(openJudges(none, lambda).invoke(arn, {}, signal), { instanceOf: NoVerdict, message: words });
  });

test("a dry run says whether a function may be invoked, and doesn't run it", async (t) => {
  const lambda = client(() => ({ StatusCode: 204 }));
  await openJudges(none, lambda).mayInvoke(arn, signal);
  t.deepEqual(lambda.sent, [{ name: "InvokeCommand", input: { FunctionName: arn, InvocationType: "DryRun" } }]);
});

test("the tags are those of the version", async (t) => {
  const s3 = client(() => ({ TagSet: [{ Key: "a", Value: "b" }] }));
  const tags = await openJudges(s3, none).tags({ bucket: "bucket", key: "key" }, "v1", signal);
  t.deepEqual([...(tags ?? [])], [["a", "b"]]);
  t.deepEqual(s3.sent, [{ name: "GetObjectTaggingCommand", input: { Bucket: "bucket", Key: "key", VersionId: "v1" } }]);
});

test("of a version that is gone there are no tags, and another error of S3 stays one", async (t) => {
  const failing = (name: string, status: number) =>
    client(() => {
      throw new S3ServiceException({ name, message: name, $fault: "client", $metadata: { httpStatusCode: status } });
    });
  t.is(await openJudges(failing("NoSuchVersion", 404), none).tags({ bucket: "b", key: "k" }, "v1", signal), undefined);
  await t.throwsAsync(openJudges(failing("AccessDenied", 403), none).tags({ bucket: "b", key: "k" }, "v1", signal), {
    message: "AccessDenied",
  });
});
