import * as v from "valibot";
import { object, present, text, whole } from "./fields.ts";
import type { Gate } from "./types.ts";

/** `push.gate`: who says whether a file may be sent. */
export const gate = v.pipe(
  object({
    function_arn: v.nullish(
      v.pipe(
        text,
        v.regex(/^arn:[^:]+:lambda:[^:]+:\d{12}:function:[^:]+(:[^:]+)?$/, "has to be the ARN of a function"),
      ),
    ),
    guardduty: v.nullish(object({})),
    timeout_hours: v.nullish(whole(1, 720), 24),
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
