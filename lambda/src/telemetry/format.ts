import { boundedLine } from "./bounds.ts";
import { redact } from "./redact.ts";
import type { LogFields } from "./types.ts";

const deepestCause = 5;

interface ErrorFields extends LogFields {
  readonly kind?: unknown;
  readonly name: string;
  readonly message: string;
}

const causeOf = (cause: unknown, depth: number): LogFields =>
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

/** What a line has in any case. */
interface Head {
  readonly timestamp: string;
  readonly level: string;
  readonly requestId: string | undefined;
  readonly message: string;
}
/** What no field may stand for. */
const reserved = new Set(["timestamp", "level", "message"]);

/** A line as JSON, without secrets, no longer than it may be, and without fields that say nothing. */
export const formatLine = (head: Head, fields: LogFields): string => {
  const line: Record<string, unknown> = { ...head };
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    if (value !== undefined && value !== null && value !== "" && !reserved.has(name)) line[name] = value;
  }
  return JSON.stringify(boundedLine(line, describeError), redact);
};
