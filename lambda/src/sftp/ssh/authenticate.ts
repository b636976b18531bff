import type { AnyAuthMethod, ParsedKey } from "ssh2";
import type { Credentials } from "../../secrets/types.ts";
import { type Obstacle, obstacleIn, type Question } from "./questions.ts";
import { signers } from "./signature.ts";

export interface Attempt {
  readonly type: AnyAuthMethod["type"];
  /** Of a key: what it was signed with. */
  readonly algorithm?: string;
}

/** How logging in went, for the message when it fails. */
export interface LogIn {
  readonly tried: readonly Attempt[];
  /** What the server took before it wanted more, by type. */
  readonly accepted: readonly Attempt[];
  /** What the server would take, by its last word; undefined before its first. */
  readonly offered: readonly string[] | undefined;
  /** Why it can't be gone on with, where that is plain. */
  readonly obstacle: Obstacle | undefined;
  /** ssh2's `authHandler`: the next attempt, or false. */
  next(methodsLeft: readonly string[] | null, partialSuccess: boolean | null): AnyAuthMethod | false;
  /** Ends it, for a reason that isn't the server's refusal. */
  stop(obstacle: Obstacle): void;
}

interface Method {
  readonly attempt: Attempt;
  readonly method: AnyAuthMethod;
}

/**
 * The order of log-in attempts: the key, once for each algorithm that it may sign with; the password; keyboard-interactive
 * answered with the password. The `none` that asks what the server takes is left out: it costs a round trip, and the first
 * refusal tells as much. A password that was refused isn't offered again by keyboard-interactive, unless `tryKeyboard` asks
 * for it: it would count twice for lock-outs.
 */
export const createLogIn = (
  username: string,
  credentials: Pick<Credentials, "password"> & {
    readonly key?: ParsedKey;
    /** The key with its certificate, in place of the key alone. */
    readonly certified?: readonly ParsedKey[];
  },
  options: { readonly tryKeyboard?: boolean; readonly allowSha1?: boolean; readonly abandon: () => void },
): LogIn => {
  const { key, password, certified } = credentials;
  const tried: Attempt[] = [];
  /** Not to be tried again: refused since the last partial success, or of a type that was accepted already. */
  let spent = new Set<Attempt>();
  const accepted: Attempt[] = [];
  let offered: readonly string[] | undefined;
  let obstacle: Obstacle | undefined;
  let answered = false;

  const stop = (reason: Obstacle): void => {
    obstacle ??= reason;
    options.abandon();
  };
  const prompt = (
    name: string,
    instructions: string,
    _language: string,
    questions: readonly Question[],
    answer: (answers: string[]) => void,
  ) => {
    const reason = obstacleIn({ name, instructions, questions, answered });
    if (reason !== undefined) return stop(reason);
    answered = true;
    answer([password ?? ""]);
  };

  const methods: readonly Method[] = [
    ...(key === undefined ? [] : (certified ?? signers(key, options.allowSha1 === true))).map((signer) => ({
      attempt: { type: "publickey", algorithm: signer.type } as const,
      method: { type: "publickey", username, key: signer } as const,
    })),
    ...(password === undefined
      ? []
      : [
          { attempt: { type: "password" }, method: { type: "password", username, password } } as const,
          {
            attempt: { type: "keyboard-interactive" },
            method: { type: "keyboard-interactive", username, prompt: prompt as never },
          } as const,
        ]),
    ...(key === undefined && password === undefined
      ? [{ attempt: { type: "none" }, method: { type: "none", username } } as const]
      : []),
  ];

  return {
    tried,
    accepted,
    get offered() {
      return offered;
    },
    get obstacle() {
      return obstacle;
    },
    stop,
    next(methodsLeft, partialSuccess) {
      offered = methodsLeft ?? undefined;
      const last = tried.at(-1);
      // A server that wants several methods may refuse one before it has seen another.
      if (partialSuccess === true && last !== undefined) {
        accepted.push(last);
        spent = new Set();
      }
      const passwordRefused = last?.type === "password" && partialSuccess !== true && methodsLeft?.includes("password");
      const next = methods.find(
        ({ attempt }) =>
          !spent.has(attempt) &&
          !accepted.some(({ type }) => type === attempt.type) &&
          (methodsLeft === null || methodsLeft.includes(attempt.type)) &&
          !(attempt.type === "keyboard-interactive" && passwordRefused && options.tryKeyboard !== true),
      );
      if (next === undefined) return false;
      tried.push(next.attempt);
      spent.add(next.attempt);
      return next.method;
    },
  };
};
