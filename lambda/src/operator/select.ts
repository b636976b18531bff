/** The streams that an operator's action is about. */

import { type Partner, partnersOf } from "../config/partners.ts";
import type { Direction } from "../config/types.ts";
import { type BridgeConfig, type PullConfig, type PushConfig, partnerOf, type StreamConfig } from "../config/types.ts";
import { ActionError } from "./action-error.ts";

/** The stream of this name. Throws an ActionError that says which there are. */
export const streamNamed = ({ streams }: BridgeConfig, name: string): StreamConfig => {
  const stream = streams.get(name);
  if (stream) return stream;
  const there = [...streams.keys()].sort().slice(0, 50).join(", ") || "none";
  throw new ActionError("unknown-stream", `No stream is called ${JSON.stringify(name)}; there are: ${there}.`);
};

/** One stream, or all of them by name. */
export const streamsAsked = (config: BridgeConfig, name: string | undefined): StreamConfig[] =>
  name === undefined
    ? [...config.streams.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
    : [streamNamed(config, name)];

export type Side =
  | { readonly direction: "push"; readonly side: PushConfig }
  | { readonly direction: "pull"; readonly side: PullConfig };

/** The side that the action is about; a stream that has both needs to be told which. Throws an ActionError. */
export const sideAsked = ({ name, push, pull }: StreamConfig, direction: Direction | undefined): Side => {
  if (push && pull && direction === undefined)
    throw new ActionError(
      "malformed",
      `Stream ${name} has a push and a pull: say which is meant: --direction push or --direction pull.`,
    );
  if (push && direction !== "pull") return { direction: "push", side: push };
  if (pull && direction !== "push") return { direction: "pull", side: pull };
  throw new ActionError("malformed", `Stream ${name} has no ${direction}; it is a ${push ? "push" : "pull"} only.`);
};

/** The same for actions that only a push knows. */
export const pushOf = ({ name, push }: StreamConfig): PushConfig => {
  if (push) return push;
  throw new ActionError("malformed", `Stream ${name} has no push; a pull is looked at by every poll by itself.`);
};

/** The partner of a stream, with all that shares its connections. */
export const partnerFor = (config: BridgeConfig, { sftp }: StreamConfig): Partner => {
  const partner = partnersOf(config).get(partnerOf(sftp));
  if (!partner) throw new Error("every stream has a partner");
  return partner;
};
