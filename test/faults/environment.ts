/**
 * One execution environment of the function, in a process of its own, as Lambda has it: it can be killed at any moment.
 * The real handler with the real SDK; only its clock is set, so that days pass between two invocations, and its sizes are
 * small. Messages: `{ id, event, timeoutMs, now, seed }` in, `{ id, answer }` or `{ id, error }` out.
 */
import { createClients } from "../../lambda/src/aws/clients.ts";
import { createFunction } from "../../lambda/src/handler.ts";

interface Invocation {
  readonly id: number;
  readonly event: unknown;
  readonly timeoutMs: number;
  /** What the clock shows at this moment. Milliseconds since the epoch. */
  readonly now: number;
}

let offset = 0;
const clock = { wall: () => Date.now() + offset, steady: () => performance.now() + offset };

const handle = createFunction({
  clients: createClients({ s3: 1_500, dynamodb: 1_500 }),
  clock,
  sizes: {
    part: Number(process.env["FAULTS_PART"]),
    quick: 32_768,
    tail: 4_096,
    maxPart: 1024 * 1024 * 1024,
    checkpointEvery: 400,
  },
});

process.on("message", async ({ id, event, timeoutMs, now }: Invocation) => {
  offset = now - Date.now();
  const end = performance.now() + timeoutMs;
  const context = {
    awsRequestId: String(id),
    functionName: "faults",
    getRemainingTimeInMillis: () => Math.max(end - performance.now(), 0),
  };
  try {
    const answer = await handle(event, context as unknown as Parameters<typeof handle>[1]);
    process.send?.({ id, answer });
  } catch (error) {
    process.send?.({ id, error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
  }
});
process.on("disconnect", () => process.exit(0));
process.send?.({ ready: true });
