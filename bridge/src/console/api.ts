/** What the page asks for: streams, files, one file's story, plots, and actions, all with the user's own permissions. */
import * as v from "valibot";
import { actionParameters } from "../../../lambda/src/operator/actions.ts";
import { type Call, call, poll } from "../call.ts";
import { type CloudWatch, watch } from "../cloudwatch.ts";
import { createJobs } from "./jobs.ts";
import { type FileRow, type JournalReader, pageOf, readJournal } from "./journal.ts";
import { readPlots } from "./plots.ts";
import { type Answerer, Refusal } from "./server.ts";

export interface ConsoleWorld {
  readonly functionName: string;
  readonly invoke: Call["invoke"];
  readonly cloudwatch: CloudWatch;
  /** Rejects, with what to do, where the journal's table can't be found out. */
  readonly journal: () => Promise<JournalReader>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const offered = ["check", "dry-run", "redrive", "replay"] as const;

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(2_048));
const action = v.variant("action", [
  v.strictObject({ action: v.literal("read"), scope: v.picklist(["open", "all"]) }),
  v.strictObject({ action: v.literal("poll"), request: v.strictObject({ stream: name }) }),
  v.strictObject({
    action: v.picklist(offered),
    request: v.record(v.string(), v.union([name, v.literal(true)])),
  }),
]);

const hoursOffered = [3, 24, 168, 720];

/** `api/…` of the page, over one bridge. What was read of the journal is kept until it is read anew. */
export const createApi = (world: ConsoleWorld): Answerer => {
  const { functionName, invoke, cloudwatch, now } = world;
  const jobs = createJobs();
  let snapshot: { rows: readonly FileRow[]; at: number; scope: string; truncated: boolean } | undefined;

  const ask = <A extends Call["action"]>(asked: A, request: Call["request"], progress: Call["progress"] = () => {}) =>
    call({ functionName, action: asked, request, invoke, progress });

  const status = async () => {
    const answer = await ask("status", {});
    if (!answer.ok) throw new Refusal(answer.error.message);
    if (answer.action !== "status") throw new Refusal(`${functionName} is an older bridge.`);
    return answer;
  };

  let reads = 0;
  const read = async (scope: "open" | "all", progress: (soFar: number) => void) => {
    const turn = ++reads;
    const reader = await world.journal();
    const streams = scope === "open" ? (await status()).streams.map(({ stream }) => stream) : [];
    const at = now();
    const found = { ...(await readJournal(reader, scope, streams, progress)), at, scope };
    // What was asked for last is shown, whichever ends last.
    if (turn === reads) snapshot = found;
    return { entries: found.rows.length, truncated: found.truncated };
  };

  const begin = (body: unknown) => {
    const parsed = v.safeParse(action, body);
    if (!parsed.success) throw new Refusal(`The console has no such action: ${v.summarize(parsed.issues)}`);
    const { output } = parsed;
    if (output.action === "read") return { id: jobs.begin((progress) => read(output.scope, progress)) };
    if (output.action === "poll")
      return { id: jobs.begin(() => poll({ functionName, invoke }, output.request.stream)) };
    const takes: readonly string[] = actionParameters[output.action];
    const strange = Object.keys(output.request).find((one) => !takes.includes(one));
    if (strange !== undefined) throw new Refusal(`${output.action} doesn't take ${strange}.`);
    return {
      id: jobs.begin((progress) =>
        ask(output.action, output.request, (soFar) =>
          progress("files" in soFar ? soFar.files.length : "streams" in soFar ? soFar.streams.length : 0),
        ),
      ),
    };
  };

  const files = (query: URLSearchParams) => {
    if (!snapshot) return { read_at: null };
    const of = (key: string) => query.get(key) ?? "";
    return {
      read_at: new Date(snapshot.at).toISOString(),
      scope: snapshot.scope,
      entries: snapshot.rows.length,
      truncated: snapshot.truncated,
      ...pageOf(snapshot.rows, {
        stream: of("stream"),
        state: of("state"),
        name: of("name"),
        since: of("since"),
        until: of("until"),
        sort: of("sort") === "name" ? "name" : "time",
        page: Number.parseInt(of("page"), 10) || 1,
      }),
    };
  };

  const plots = async (query: URLSearchParams) => {
    const { bridge } = await status();
    if (!bridge.metric_namespace)
      throw new Refusal("The bridge doesn't say where its metrics are: apply a newer version.");
    const hours = Number(query.get("hours"));
    if (!hoursOffered.includes(hours)) throw new Refusal(`There are plots of ${hoursOffered.join(", ")} hours.`);
    return readPlots(cloudwatch, bridge.metric_namespace, query.get("stream") ?? "", hours, now());
  };

  return async (path, query, body) => {
    const [what, id = ""] = path.split("/");
    const isPost = body !== undefined;
    if (what === "jobs" && isPost) return begin(body);
    if (isPost) throw new Refusal("Only actions are sent.");
    switch (what) {
      case "jobs":
        return jobs.look(id);
      case "streams": {
        const answer = await status();
        return { ...answer, function: functionName, cloudwatch: await watch(cloudwatch, answer, now()) };
      }
      case "files":
        return files(query);
      case "history": {
        const direction = query.get("direction");
        return ask("history", {
          stream: query.get("stream") ?? "",
          path: query.get("path") ?? "",
          ...(direction === null ? {} : { direction }),
        });
      }
      case "plots":
        return plots(query);
      default:
        throw new Refusal("The console has no such answer.");
    }
  };
};
