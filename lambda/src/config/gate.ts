import * as v from "valibot";
import { object, present, text, whole } from "./fields.ts";
import type { Gate } from "./types.ts";

const gateOf = (longest: number) =>
  v.pipe(
    object({
      function_arn: v.nullish(
        v.pipe(
          text,
          v.regex(/^arn:[^:]+:lambda:[^:]+:\d{12}:function:[^:]+(:[^:]+)?$/, "has to be the ARN of a function"),
        ),
      ),
      guardduty: v.nullish(object({})),
      timeout_hours: v.nullish(whole(1, longest), 24),
    }),
    v.check(
      ({ function_arn, guardduty }) => (function_arn == null) !== (guardduty == null),
      "needs exactly one of function_arn and guardduty",
    ),
    v.transform(
      ({ function_arn, timeout_hours }): Gate => ({
        ...present("functionArn", function_arn),
        timeoutHours: timeout_hours ?? 24,
      }),
    ),
  );

/** `push.gate`: who says whether a file may be sent. */
export const gate = gateOf(720);

/** `pull.gate`: who says whether a file may be seen in S3. What is held lies in staging, where S3 removes it after seven days. */
export const pullGate = gateOf(144);
