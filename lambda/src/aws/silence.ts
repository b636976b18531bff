/** An end to waiting for a peer that says nothing: connections that a NAT gateway has forgotten, or that slept with the function. */
/** What AWS's clients repeat a request after: they go by the name. */
export class NoAnswer extends Error {
  override readonly name = "TimeoutError";
  readonly code = "ETIMEDOUT";

  /** `host` said nothing for so many milliseconds, `when` the request was that far. */
  constructor(host: string, milliseconds: number, when: string, options: { cause?: unknown } = {}) {
    super(
      `${host} said nothing for ${milliseconds / 1000} s ${when}. If this goes on: a function in a VPC needs a NAT gateway or a VPC endpoint for this service, and a security group that lets HTTPS out to it`,
      options,
    );
  }
}

/** A machine that is busy looks late, and sees what has come meanwhile between two looks: one look alone tells nothing. */
const looks = 4;

/** An answer of Node's HTTP, or what is like one. */
interface Talking {
  readonly complete: boolean;
  readonly destroyed: boolean;
  readonly readableLength: number;
  readonly socket: { readonly bytesRead: number };
  destroy(error: Error): void;
  once(event: "close", told: () => void): unknown;
}

/**
 * Destroys an answer in whose middle no byte has come for so many milliseconds. What a slow reader hasn't taken yet isn't
 * silence: then bytes wait for it.
 */
export const endWhenSilent = (answer: Talking, host: string, milliseconds: number): void => {
  if (answer.complete || answer.destroyed) return;
  let heard = answer.socket.bytesRead;
  let silent = 0;
  const look = setInterval(() => {
    if (answer.complete || answer.destroyed) return clearInterval(look);
    const { bytesRead } = answer.socket;
    if (bytesRead !== heard || answer.readableLength > 0) {
      heard = bytesRead;
      silent = 0;
    } else if (++silent >= looks) {
      clearInterval(look);
      answer.destroy(new NoAnswer(host, milliseconds, "in the middle of an answer"));
    }
  }, milliseconds / looks);
  answer.once("close", () => clearInterval(look));
};
