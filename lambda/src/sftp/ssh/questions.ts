/** What a server asks at log-in (RFC 4256), and what of it a program can answer. */
import { printable } from "../printable.ts";

export interface Question {
  readonly prompt: string;
  /** May the answer be seen? Then it isn't a password. */
  readonly echo?: boolean;
}

/** Why a log-in can't go on, and what to do about it. */
export interface Obstacle {
  readonly what: string;
  readonly remedy: string;
}

const oneTimeCode = /\b(otp|code|token|verification|passcode|pin|one[- ]time|authenticator|duo)\b/i;
const expiry =
  /\b(new|change|retype|re-enter|repeat)\b.{0,40}\bpassw|\bpassw\w*\b.{0,40}\b(expired|must be changed|has to be changed|change required)\b|\bexpired\b.{0,40}\bpassw|neues (passwort|kennwort)|nouveau mot de passe/is;

const noQuestions =
  "Ask the partner for a log-in that asks nothing: with a key, or with the password alone, for a technical user";

/** The password is right and no longer good. `said` is what the server said about it. */
export const expiredPassword = (said: string): Obstacle => ({
  what: `the password has expired: the server wants a new one${said.trim() === "" ? "" : ` (it says "${printable(said)}")`}`,
  remedy: "Set a new password with the partner, and store it in the secret; the bridge never changes one by itself",
});

/** Does text of a server say that the password has to be changed? */
export const saysExpired = (text: string): boolean => expiry.test(text.slice(0, 4096));

/** Rounds of questions, and what comes of more. */
export const maxRounds = 8;
export const endlessQuestions: Obstacle = {
  what: `the server goes on asking after ${maxRounds} rounds of questions`,
  remedy: noQuestions,
};

/** Banners of one log-in, in number and in characters. */
export const maxBanners = 50;
export const maxBannerCharacters = 64 * 1024;
export const endlessBanners: Obstacle = {
  what: `the server sends banners without end: more than ${maxBanners}, or ${maxBannerCharacters / 1024} KB`,
  remedy: "Ask the partner what their server means to say",
};

/** What keeps one round of questions from being answered with the password; undefined where nothing does. */
export const obstacleIn = (round: {
  readonly name: string;
  readonly instructions: string;
  readonly questions: readonly Question[];
  /** Was the password given in a round before? */
  readonly answered: boolean;
}): Obstacle | undefined => {
  const { questions } = round;
  const shown = questions.slice(0, 4).map(({ prompt }) => `"${printable(prompt, 80)}"`);
  const said = [round.name, round.instructions, ...questions.map(({ prompt }) => prompt)].join(" ");
  if (saysExpired(said)) return expiredPassword(said);
  if (questions.length > 1)
    return {
      what: `the server asks ${questions.length} questions at once, ${shown.join(", ")}${questions.length > 4 ? ", …" : ""}, and there is one password to answer with`,
      remedy: noQuestions,
    };
  const [question] = questions;
  if (question?.echo === true || oneTimeCode.test(question?.prompt ?? ""))
    return { what: `the server asks ${shown[0]}, which only a person could answer`, remedy: noQuestions };
  if (round.answered)
    return {
      what: `the server asks ${shown[0] ?? "again"} after it was given the password: a second question, or the password is wrong`,
      remedy: `Check the secret. If it is right: ${noQuestions}`,
    };
  return undefined;
};
