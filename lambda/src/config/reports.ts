import * as v from "valibot";
import { isTimeZone } from "../calendar/zone.ts";
import type { ReportsConfig } from "./types.ts";

const name = v.pipe(v.string(), v.nonEmpty("has to be a name"));

/** `reports` of the configuration. */
export const reportsSchema = v.pipe(
  v.object({
    bucket: name,
    prefix: v.pipe(v.string(), v.regex(/^$|[^/]\/$/, "has to be empty, or to end in one slash")),
    time_zone: v.pipe(v.string(), v.check(isTimeZone, "isn't a time zone that this runtime knows")),
    streams: v.array(name),
    kms_key_arn: v.nullish(v.string()),
  }),
  v.transform(({ bucket, prefix, time_zone: timeZone, streams, kms_key_arn: kmsKeyArn }): ReportsConfig => {
    const storing = { encryption: "aws:kms", kmsKeyArn: kmsKeyArn ?? "" } as const;
    return { bucket, prefix, timeZone, streams, ...(kmsKeyArn && { storing }) };
  }),
);
