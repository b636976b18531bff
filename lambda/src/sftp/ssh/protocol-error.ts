type Leveled = Error & { readonly level?: unknown };

/** ssh2 fell over what the server sent: a packet that it doesn't understand, and doesn't look at before it reads it. */
const isUnreadable = (error: Error): boolean => error instanceof TypeError || error instanceof RangeError;

/** An error that ssh2 made of what the server sent: by its own judgement, or because it couldn't read it. */
export const isProtocolError = (error: Leveled): boolean => error.level === "protocol" || isUnreadable(error);

/** What an error says about the server; ssh2's own troubles with a packet say nothing that a partner could use. */
export const wordsOf = (error: Error): string =>
  isUnreadable(error) ? "it sent a packet that can't be read" : error.message;

/** The error, in words about the server. */
export const asServerError = (error: Error): Error =>
  isUnreadable(error)
    ? Object.assign(new Error(`the server broke the protocol: ${wordsOf(error)}`, { cause: error }), {
        level: "protocol",
      })
    : error;
