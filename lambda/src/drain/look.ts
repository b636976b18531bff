import { requestedPolls } from "../journal/polls.ts";
import type { Look, Work } from "./work.ts";

/** Begins a look at what was asked for. */
export const lookAt = ({ deps, partner, lease, extra }: Pick<Work, "deps" | "partner" | "lease" | "extra">): Look => {
  const answered = lease.wakeUps;
  const look = { answered, known: answered + extra.wakeUps, polls: requestedPolls(deps.table, partner.id) };
  // Whoever waits for it hears of it.
  look.polls.catch(() => {});
  return look;
};
