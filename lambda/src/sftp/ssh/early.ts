/** The hooks that send ahead what only a server that is known takes. */
import type { Client } from "ssh2";
import { type EarlyExchange, type ExchangeAhead, exchangeAhead } from "./hooks/early-exchange.ts";
import { beginSftpAhead } from "./hooks/early-session.ts";
import { mlKem } from "./hooks/ml-kem.ts";
import { softwareOf } from "./hooks/send-ahead.ts";
import type { Hurry, SentAhead } from "./hurry.ts";
import type { ConnectOptions } from "./options.ts";
import type { Wire } from "./transport.ts";

export interface Begun {
  readonly name: EarlyExchange;
  readonly ahead: ExchangeAhead;
}

/** Our half of the exchange that a server is known to agree to, where it is offered. */
export const exchangeFor = (
  name: EarlyExchange | undefined,
  { algorithms, postQuantum }: Pick<ConnectOptions, "algorithms" | "postQuantum">,
): Begun | undefined =>
  name === undefined || !algorithms.kex.includes(name) || (name === mlKem && !postQuantum)
    ? undefined
    : { name, ahead: exchangeAhead(name) };

/** Has it sent, and SFTP begun early. Call it right after `client.connect`, and behind all that changes what is offered. */
export const sendEarly = (
  client: Client,
  { may, sent }: { readonly may: Hurry; readonly sent: SentAhead },
  exchange: Begun | undefined,
  wire: Wire,
): void => {
  if (exchange !== undefined) {
    sent.exchange = exchange.name;
    exchange.ahead.sendFor(client, (agreed) =>
      wire.destroy(new Error(`the server agrees to ${agreed} now, and our half of ${exchange.name} was sent already`)),
    );
  }
  beginSftpAhead(
    client,
    () => may.session(softwareOf(client)),
    () => {
      sent.session = true;
    },
  );
};
