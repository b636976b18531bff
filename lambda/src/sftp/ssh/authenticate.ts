import type { AnyAuthMethod, ParsedKey } from "ssh2";
import type { Credentials } from "../../secrets/types.ts";
import { RemoteError } from "../errors.ts";
import { printable } from "../printable.ts";

/** How logging in went, for the message when it fails. */
export interface LogIn {
  readonly tried: readonly string[];
  /** What the server would take, by its last word; undefined before its first. */
  readonly offered: readonly string[] | undefined;
  /** Why it can't be gone on with, where that is plain. */
  readonly obstacle: string | undefined;
  /** ssh2's `authHandler`: the next attempt, or false. */
  next(methodsLeft: readonly string[] | null, partialSuccess: boolean | null): AnyAuthMethod | false;
}

const oneTimeCode = /\b(otp|code|token|verification|passcode|one[- ]time|authenticator)\b/i;

/**
 * The order of log-in attempts: key, password, and keyboard-interactive answered with the password. The `none` that asks
 * what the server takes is left out: it costs a round trip, and the first refusal tells as much. A password that was
 * refused isn't offered again by keyboard-interactive, unless `tryKeyboard` asks for it: it would count twice for lock-outs.
 */
export const createLogIn = (
  username: string,
  credentials: Pick<Credentials, "password"> & { readonly key?: ParsedKey },
  options: { readonly tryKeyboard?: boolean; readonly abandon: () => void },
): LogIn => {
  const { key, password } = credentials;
  const tried: string[] = [];
  /** Not to be tried again: refused since the last partial success, or accepted already. */
  let spent = new Set<string>();
  const accepted: string[] = [];
  let offered: readonly string[] | undefined;
  let obstacle: string | undefined;
  let answered = false;

  const prompt: Extract<AnyAuthMethod, { type: "keyboard-interactive" }>["prompt"] = (
    _name,
    _instructions,
    _lang,
    prompts,
    finish,
  ) => {
    const unanswerable = prompts.find(({ prompt: text, echo }) => echo === true || oneTimeCode.test(text));
    if (unanswerable !== undefined || answered || prompts.length > 1) {
      obstacle = `the server asks "${printable(unanswerable?.prompt ?? prompts.at(-1)?.prompt ?? "", 80)}", which only a person could answer, or it asks again for the password`;
      options.abandon();
      return;
    }
    answered = true;
    finish([password ?? ""]);
  };

  const methods: readonly AnyAuthMethod[] = [
    ...(key === undefined ? [] : [{ type: "publickey", username, key } as const]),
    ...(password === undefined ? [] : [{ type: "password", username, password } as const]),
    ...(password === undefined ? [] : [{ type: "keyboard-interactive", username, prompt } as const]),
    ...(key === undefined && password === undefined ? [{ type: "none", username } as const] : []),
  ];

  return {
    tried,
    get offered() {
      return offered;
    },
    get obstacle() {
      return obstacle;
    },
    next(methodsLeft, partialSuccess) {
      offered = methodsLeft ?? undefined;
      const last = tried.at(-1);
      // A server that wants several methods may refuse one before it has seen another.
      if (partialSuccess === true && last !== undefined) {
        accepted.push(last);
        spent = new Set(accepted);
      }
      const passwordRefused = last === "password" && partialSuccess !== true && methodsLeft?.includes("password");
      const next = methods.find(
        ({ type }) =>
          !spent.has(type) &&
          (methodsLeft === null || methodsLeft.includes(type)) &&
          !(type === "keyboard-interactive" && passwordRefused && options.tryKeyboard !== true),
      );
      if (next === undefined) return false;
      tried.push(next.type);
      spent.add(next.type);
      return next;
    },
  };
};

/** The refusal of a log-in: what was tried, what the server takes, what to do. */
export const logInError = (partner: string, logIn: LogIn, reason?: string): RemoteError => {
  const names: Readonly<Record<string, string>> = {
    publickey: "the private key",
    password: "the password",
    "keyboard-interactive": "the password",
    none: "nothing",
  };
  const tried = [...new Set(logIn.tried.map((type) => names[type] ?? type))].join(" and ") || "nothing";
  const offered = logIn.offered === undefined ? "" : `; it takes ${logIn.offered.join(", ") || "no further method"}`;
  const why = logIn.obstacle ?? reason;
  return new RemoteError(
    "authentication",
    `${partner}: log-in refused: tried ${tried}${offered}${why === undefined ? "" : `; ${why}`}. Check username and secret, and whether the partner has ${logIn.tried.includes("publickey") ? "our public key for this user" : "enabled password log-in for this user"}.`,
  );
};
