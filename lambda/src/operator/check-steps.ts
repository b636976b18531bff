import type { Clock } from "../clock.ts";
import type { Deadline } from "../drain/deadline.ts";

export interface Step {
  readonly step: string;
  readonly verdict: "ok" | "failed" | "not tried";
  readonly ms: number;
  /** What was seen, or what went wrong and what to do. */
  readonly detail: string;
}

export interface Steps {
  begin(step: string): void;
  pass(detail?: string): void;
  fail(error: unknown): void;
  /** One that isn't tried, and why. */
  note(step: string, detail: string): void;
  /** They are tried again: what was seen of them so far doesn't count. */
  again(names: readonly string[]): void;
  /** Those of the given steps that have no verdict yet weren't tried. */
  skip(names: readonly string[]): void;
  /** One step from begin to end; true if it passed. */
  run(step: string, act: () => Promise<string | undefined>): Promise<boolean>;
  all(): Step[];
}

/** For one request of a check: half a minute, or what is left. */
export const signalFor = (deadline: Deadline): AbortSignal =>
  AbortSignal.timeout(Math.max(1, Math.min(30_000, deadline.remaining())));

/** Does something of AWS's; an error of it says what that means and what to do. */
export const explained = async <T>(what: string, remedy: string, act: () => Promise<T>): Promise<T> => {
  try {
    return await act();
  } catch (error) {
    const { name, message } = error as Error;
    throw new Error(`${what}: ${name}: ${message}. ${remedy}.`, { cause: error });
  }
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The record of a check: at most one step is open at a time. */
export const createSteps = (clock: Clock): Steps => {
  const steps: Step[] = [];
  let open: { step: string; from: number } | undefined;
  const close = (verdict: Step["verdict"], detail: string) => {
    if (!open) return;
    steps.push({ step: open.step, verdict, ms: Math.round(clock.steady() - open.from), detail });
    open = undefined;
  };
  const self: Steps = {
    begin(step) {
      open = { step, from: clock.steady() };
    },
    pass: (detail = "") => close("ok", detail),
    fail: (error) => close("failed", messageOf(error)),
    note: (step, detail) => void steps.push({ step, verdict: "not tried", ms: 0, detail }),
    again(names) {
      const kept = steps.filter(({ step }) => !names.includes(step));
      steps.splice(0, steps.length, ...kept);
    },
    skip(names) {
      for (const step of names) {
        if (!steps.some((one) => one.step === step))
          steps.push({ step, verdict: "not tried", ms: 0, detail: "an earlier step failed" });
      }
    },
    async run(step, act) {
      self.begin(step);
      try {
        self.pass((await act()) ?? "");
        return true;
      } catch (error) {
        self.fail(error);
        return false;
      }
    },
    all: () => [...steps],
  };
  return self;
};
