// What a person sees while setup works: each step, what it is doing, and how long it took. Never silent for five seconds.

/** The interval of signs of life, in milliseconds. */
const interval = 4_000;

/**
 * Runs `work(note)` as a step named `title`. Nothing is printed where the step says that there was nothing to do
 * (returns without a note in under a quarter of a second). A failure names the step.
 */
export async function step(title, work) {
  const started = Date.now();
  let shown = false;
  let latest = "";
  const show = (text) => {
    shown = true;
    console.log(text);
  };
  const note = (text) => {
    if (text === latest) return;
    if (!shown) show(`· ${title}`);
    latest = text;
  };
  const timer = setInterval(() => {
    if (!shown) show(`· ${title}`);
    console.log(`  … ${seconds(started)}${latest && `, ${latest}`}`);
  }, interval);
  try {
    const result = await work(note);
    if (shown) console.log(`  done in ${seconds(started)}`);
    return result;
  } catch (error) {
    throw new Error(`${title}: ${error.message}`, { cause: error });
  } finally {
    clearInterval(timer);
  }
}

/** The time since `started` (milliseconds since the epoch) as `12 s` or `2 min 5 s`. */
export function seconds(started) {
  const total = Math.round((Date.now() - started) / 1000);
  return total < 60 ? `${total} s` : `${Math.floor(total / 60)} min ${total % 60} s`;
}
