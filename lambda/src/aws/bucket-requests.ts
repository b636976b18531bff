import type { IncomingMessage } from "node:http";
import type { LargeGet } from "./large-get.ts";
import { type BucketRegions, regionToldBy } from "./regions.ts";
import { readAll, type Sender, type Target } from "./send.ts";
import { percentEncode } from "./sign.ts";
import type { SmallRequest } from "./small-requests.ts";

export interface Place {
  readonly bucket: string;
  readonly key: string;
}

/** Where a bucket is, in the function's region unless another is named. Undefined: left to the SDK. */
export type FindBucket = (bucket: string, region: string | undefined) => Promise<Target | undefined>;

/** Requests to where a bucket is, as its owner's. */
export const bucketRequests = (
  find: FindBucket,
  send: Sender,
  regions: BucketRegions,
  owners: ReadonlyMap<string, string>,
  large: LargeGet | undefined,
  small: SmallRequest | undefined,
) => {
  const targets = new Map<string, { region: string | undefined; target: Promise<Target | undefined> }>();
  const targetOf = (bucket: string): Promise<Target | undefined> => {
    const region = regions.of(bucket);
    const known = targets.get(bucket);
    if (known && known.region === region) return known.target;
    const target = find(bucket, region).catch(() => undefined);
    targets.set(bucket, { region, target });
    return target;
  };
  const ownerOf = (bucket: string) => {
    const owner = owners.get(bucket);
    return owner !== undefined && { "x-amz-expected-bucket-owner": owner };
  };
  /** Sends to where the bucket is; once more, if the answer tells that this is elsewhere. Undefined: left to the SDK. */
  const sendTo = async (
    { bucket, key }: Place,
    request: Omit<Parameters<Sender>[1], "path">,
  ): Promise<IncomingMessage | undefined> => {
    const headers = { ...request.headers, ...ownerOf(bucket) };
    for (let turn = 0; turn < 2; turn++) {
      const target = await targetOf(bucket);
      if (!target) return undefined;
      const answer = await send(target, { ...request, headers, path: pathOf(target, key) });
      const region = regionToldBy(answer.statusCode, answer.headers);
      if (region === undefined || region === target.scope.region) return answer;
      await readAll(answer);
      regions.learn(bucket, region);
    }
    return undefined;
  };
  /** Not where the bucket is, or not for us: the SDK finds out, for this bucket from now on. */
  const giveUpOn = (bucket: string, status: number | undefined) => {
    if (status === 301 || status === 307 || status === 400)
      targets.set(bucket, { region: regions.of(bucket), target: Promise.resolve(undefined) });
  };
  const pathOf = ({ url }: Target, key: string) =>
    `${url.pathname.replace(/\/$/, "")}/${key.split("/").map(percentEncode).join("/")}`;

  const getLarge = async (
    { bucket, key }: Place,
    request: Omit<Parameters<LargeGet>[1], "path">,
  ): ReturnType<LargeGet> => {
    const target = await targetOf(bucket);
    const headers = { ...request.headers, ...ownerOf(bucket) };
    return target && large?.(target, { ...request, headers, path: pathOf(target, key) });
  };

  /** One answer, of a bucket that isn't elsewhere; undefined: to be asked by `sendTo`. Rejects where there was none. */
  const askSmall = async (
    { bucket, key }: Place,
    request: Omit<Parameters<SmallRequest>[1], "path">,
  ): ReturnType<SmallRequest> => {
    const target = await targetOf(bucket);
    if (!target) return undefined;
    const headers = { ...request.headers, ...ownerOf(bucket) };
    const answer = await small?.(target, { ...request, headers, path: pathOf(target, key) });
    const region = answer && regionToldBy(answer.status, answer.headers);
    if (region === undefined || region === target.scope.region) return answer;
    regions.learn(bucket, region);
    return undefined;
  };

  const isPrivate = async (bucket: string): Promise<boolean> => (await targetOf(bucket))?.url.protocol === "https:";

  return { sendTo, getLarge, askSmall, giveUpOn, isPrivate };
};
