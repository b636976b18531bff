import type { ViaConfig } from "../../../config/types.ts";
import type { LogInSecrets } from "../../../secrets/types.ts";
import { RemoteError, type RemoteErrorKind } from "../../errors.ts";
import type { Lookup } from "../addresses.ts";
import type { ConnectStep } from "../connect-error.ts";

/** What connections to a partner go through, and how far the one under way has come there. */
export interface Hop {
  readonly via: ViaConfig;
  readonly credentials: LogInSecrets;
  /** As in `the SOCKS5 proxy proxy.example:1080`. */
  readonly label: string;
  readonly lookup?: Lookup;
  phase: ConnectStep;
}

const names = { socks5: "the SOCKS5 proxy", http: "the HTTP proxy", ssh: "the jump host" } as const;

const inUrl = (host: string): string => (host.includes(":") ? `[${host}]` : host);

/** A host and port as they stand in a URL: an IPv6 address in brackets. */
export const authorityOf = ({ host, port }: Pick<ViaConfig, "host" | "port">): string => `${inUrl(host)}:${port}`;

/** What messages call it. */
export const labelOf = (via: ViaConfig): string =>
  `${names[via.type]} ${via.type === "ssh" ? `${via.username}@` : ""}${authorityOf(via)}`;

/** What went wrong there, and what to do. `kind` is `unreachable` for all that isn't its log-in or its host key. */
export class HopError extends Error {
  readonly kind: RemoteErrorKind;
  constructor(words: string, kind: RemoteErrorKind = "unreachable") {
    super(words);
    this.kind = kind;
  }
}

/** It ended the connection in place of an answer. */
export class HopClosed extends HopError {}

/** As an error of the partner's connection that names the hop. */
export const asRemoteError = (partner: string, hop: Pick<Hop, "label">, error: unknown): RemoteError =>
  error instanceof RemoteError
    ? error
    : new RemoteError(
        error instanceof HopError ? error.kind : "unreachable",
        `${partner}: ${hop.label}: not connected: ${error instanceof Error ? error.message : String(error)}.`,
        { cause: error },
      );
