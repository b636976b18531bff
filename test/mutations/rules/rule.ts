/** A rule of the protocol, with the line that keeps it. Taken out, the named test has to fail. */
export interface Rule {
  /** As docs/protocol.md has it. */
  readonly rule: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** Below test/unit or test/integration. */
  readonly test: string;
}
