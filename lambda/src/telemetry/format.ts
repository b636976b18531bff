import { LogFormatter, LogItem } from "@aws-lambda-powertools/logger";
import type { LogAttributes, UnformattedAttributes } from "@aws-lambda-powertools/logger/types";
import { boundedLine } from "./bounds.ts";

const deepestCause = 5;

interface ErrorFields extends LogAttributes {
  readonly kind?: unknown;
  readonly name: string;
  readonly message: string;
}

const causeOf = (cause: unknown, depth: number): LogAttributes =>
  cause instanceof Error ? describeError(cause, depth + 1) : { message: String(cause) };

/**
 * An error as a log line shows it: kind, name, message and its causes. The stack only where there is no kind: an error with
 * one is a partner's or a secret's, and where in the code it was met says nothing.
 */
export const describeError = (error: Error, depth = 0): ErrorFields => {
  const kind = "kind" in error ? error.kind : undefined;
  return {
    ...(kind === undefined ? {} : { kind }),
    name: error.name,
    message: error.message,
    ...("path" in error && error.path !== undefined ? { path: error.path } : {}),
    ...(error instanceof AggregateError ? { errors: error.errors.map((one: unknown) => causeOf(one, depth)) } : {}),
    ...(error.cause === undefined || depth >= deepestCause ? {} : { cause: causeOf(error.cause, depth) }),
    ...(kind === undefined && depth === 0 ? { stack: error.stack } : {}),
  };
};

/**
 * Lines with what this bridge's reader needs. Powertools' own formatter repeats function name, ARN, memory and service on
 * every line, which the log stream's name says already, and CloudWatch bills by the byte.
 */
export class BridgeLogFormatter extends LogFormatter {
  readonly #requestId: () => string | undefined;

  constructor(requestId: () => string | undefined) {
    super();
    this.#requestId = requestId;
  }

  override formatAttributes(attributes: UnformattedAttributes, additional: LogAttributes): LogItem {
    return new LogItem({
      attributes: boundedLine(
        {
          timestamp: attributes.timestamp.toISOString(),
          level: attributes.logLevel,
          requestId: this.#requestId(),
          message: attributes.message,
          ...additional,
        },
        describeError,
      ) as LogAttributes,
    });
  }

  override formatError(error: Error): LogAttributes {
    return describeError(error);
  }
}
