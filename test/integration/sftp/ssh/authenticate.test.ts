import test from "ava";
import { createLogIn } from "../../../../lambda/src/sftp/ssh/authenticate.ts";
import { logInError } from "../../../../lambda/src/sftp/ssh/log-in-error.ts";
import { parsePrivateKey } from "../../../../lambda/src/sftp/ssh/private-key.ts";
import { makeKey } from "../../../helpers/sftp/keys.ts";

const key = parsePrivateKey(makeKey("ed25519").privateKey);
const logIn = (credentials: { key?: typeof key; password?: string }, tryKeyboard = false) => {
  let abandoned = false;
  const it = createLogIn("us", credentials, {
    tryKeyboard,
    abandon: () => {
      abandoned = true;
    },
  });
  return {
    it,
    abandoned: () => abandoned,
    next: (left: readonly string[] | null, partial: boolean | null = false) => {
      const method = it.next(left, left === null ? null : partial);
      return method === false ? false : method.type;
    },
  };
};

test("the key goes first, then the password, without asking what the server takes", (t) => {
  const { next, it } = logIn({ key, password: "secret" });
  t.is(next(null), "publickey");
  t.is(next(["publickey", "password"]), "password");
  t.is(next(["publickey", "password"]), false);
  t.deepEqual(
    it.tried.map(({ type }) => type),
    ["publickey", "password"],
  );
  t.deepEqual(it.offered, ["publickey", "password"]);
});

test("keyboard-interactive is tried where the server takes no plain password", (t) => {
  const { next } = logIn({ password: "secret" });
  t.is(next(null), "password");
  t.is(next(["keyboard-interactive"]), "keyboard-interactive");
  t.is(next(["keyboard-interactive"]), false);
});

test("a refused password isn't offered a second time, unless tryKeyboard asks for it", (t) => {
  const left = ["password", "keyboard-interactive"];
  const careful = logIn({ password: "secret" });
  careful.next(null);
  t.is(careful.next(left), false);
  const asked = logIn({ password: "secret" }, true);
  asked.next(null);
  t.is(asked.next(left), "keyboard-interactive");
});

test("a server that wants both gets both, in its order", (t) => {
  const { next } = logIn({ key, password: "secret" });
  t.is(next(null), "publickey");
  t.is(next(["password"]), "password", "the key was refused, since the password comes first");
  t.is(next(["publickey"], true), "publickey");
  t.is(next(["publickey"]), false);
});

const ask = (given: ReturnType<typeof logIn>, prompts: { prompt: string; echo: boolean }[]) => {
  given.next(null);
  const method = given.it.next(["keyboard-interactive"], false);
  if (method === false || method.type !== "keyboard-interactive") throw new Error("not interactive");
  const answers: string[][] = [];
  method.prompt("", "", "", prompts, (answer) => void answers.push(answer));
  return { answers, again: () => method.prompt("", "", "", prompts, (answer) => void answers.push(answer)) };
};

test("a question for the password is answered, once", (t) => {
  const given = logIn({ password: "secret" });
  const { answers, again } = ask(given, [{ prompt: "Password: ", echo: false }]);
  t.deepEqual(answers, [["secret"]]);
  again();
  t.is(answers.length, 1);
  t.true(given.abandoned());
});

for (const prompt of [
  { prompt: "Verification code: ", echo: false },
  { prompt: "Your name? ", echo: true },
])
  test(`"${prompt.prompt.trim()}" is not answered with the password`, (t) => {
    const given = logIn({ password: "secret" });
    t.deepEqual(ask(given, [prompt]).answers, []);
    t.true(given.abandoned());
    t.regex(logInError("us@host:22", given.it).message, /only a person could answer/);
  });

test("the refusal says what was tried and what the server takes", (t) => {
  const given = logIn({ key });
  given.next(null);
  given.next(["password", "keyboard-interactive"]);
  const { kind, message } = logInError("us@host:22", given.it);
  t.is(kind, "authentication");
  t.regex(message, /us@host:22: log-in refused: tried the private key; it takes password, keyboard-interactive/);
});
