export type ActionErrorKind = "malformed" | "unknown-stream" | "busy" | "closed" | "not-allowed" | "no-sequence";

/** An operator's action that can't be done as it was asked for. The message says what to ask for instead, or when. */
export class ActionError extends Error {
  override readonly name = "ActionError";
  readonly kind: ActionErrorKind;

  constructor(kind: ActionErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
