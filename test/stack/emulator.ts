// The AWS emulator with all enforcement on: IAM and bucket policies, TLS with a verified certificate, and functions that
// run with a session of their own role. Node 24 comes first on its PATH,
// started as Lambda starts it, so that the deployed runtime is the tested one.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { writeLambdaNode } from "./lambda-node.ts";
import { removal, type Supervised, supervise } from "./process.ts";
import { freePort, temporaryFolder, until } from "./temporary.ts";
import { tools } from "./tools.ts";

/** The emulator knows one root identity by this name; anyone else is checked against policies. */
const credentials = { accessKeyId: "test", secretAccessKey: "test" };

/** A running emulator. */
export type Stack = {
  /** `https://127.0.0.1:<port>`. */
  readonly endpoint: string;
  readonly region: string;
  readonly accountId: string;
  /** The account's root; no policy stops it, except an explicit bucket policy. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** The authority that signed the endpoint's certificate: path and PEM text. */
  readonly authority: string;
  readonly authorityPem: string;
  /** Environment for programs that talk to the stack: Terraform, the aws CLI, other Node processes. */
  readonly env: Readonly<Record<string, string>>;
  /** A folder that is removed when the stack stops. */
  readonly folder: string;
  /** Process id of the group that the emulator and its functions run in. */
  readonly pid: number;
  /** What the emulator has printed. */
  readonly log: () => string;
  /** Lets CloudWatch's clock, and only that, go ahead by so many seconds: its alarms look at minutes, up to a day. */
  readonly advanceCloudWatch: (seconds: number) => void;
  /** Ends the emulator and its functions, and removes the folder. */
  readonly stop: () => Promise<void>;
};

export type StackOptions = {
  readonly region?: string;
  /** More environment for the emulator, and so for its functions. */
  readonly env?: Readonly<Record<string, string>>;
  /** What is slower or scarcer on AWS, as much of it as the test can wait for; see shims/README.md. */
  readonly aws?: {
    /** Seconds until a bucket's events come after they were turned on. */
    readonly eventBridgeStartsAfter?: number;
    /** Seconds until a change of a role's policies counts. */
    readonly iamSettlesAfter?: number;
    /** Invocations of all functions at one time: 10 in a new account. */
    readonly concurrency?: number;
  };
};

/** Starts an emulator on a free port of 127.0.0.1. Several can run side by side. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const folder = temporaryFolder("stack");
  try {
    return await start(folder, options);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function start(folder: string, options: StackOptions): Promise<Stack> {
  const { node, python } = tools();
  const region = options.region ?? "eu-central-1";
  const accountId = "123456789012";
  const certificates = makeCertificates(folder);
  for (const name of ["bin", "tmp", "home"]) mkdirSync(join(folder, name));
  writeLambdaNode(join(folder, "bin/node"), node);
  const log = join(folder, "emulator.log");
  const port = await freePort();
  const endpoint = `https://127.0.0.1:${port}`;
  // Started as the web server's application, not by its own command, which would listen on all addresses and on 443.
  const server = supervise(
    python,
    [
      "-m",
      "hypercorn",
      "emulator:app",
      "--config",
      fileURLToPath(new URL("hypercorn.toml", import.meta.url)),
      "--bind",
      `127.0.0.1:${port}`,
      "--certfile",
      certificates.certificate,
      "--keyfile",
      certificates.key,
      "--keep-alive",
      "75",
    ],
    {
      env: emulatorEnvironment(folder, port, region, accountId, certificates, { ...factsOf(options), ...options.env }),
      cwd: folder,
      log,
      atEnd: removal(folder),
    },
  );
  await untilReady(server, endpoint, certificates.authorityPem, log);
  let ahead = 0;
  return {
    endpoint,
    region,
    accountId,
    credentials,
    authority: certificates.authority,
    authorityPem: certificates.authorityPem,
    env: clientEnvironment(endpoint, region, certificates.authority),
    folder,
    pid: server.child.pid ?? 0,
    log: () => readFileSync(log, "utf8"),
    advanceCloudWatch: (seconds) => {
      ahead += seconds;
      // Renamed into place, so that the emulator never reads half of it.
      writeFileSync(join(folder, "cloudwatch-clock.new"), String(ahead));
      renameSync(join(folder, "cloudwatch-clock.new"), join(folder, "cloudwatch-clock"));
    },
    stop: server.stop,
  };
}

function factsOf({ aws = {} }: StackOptions): Record<string, string> {
  const { eventBridgeStartsAfter, iamSettlesAfter, concurrency } = aws;
  const given = {
    SHIM_EVENTBRIDGE_STARTS_AFTER: eventBridgeStartsAfter,
    SHIM_IAM_SETTLES_AFTER: iamSettlesAfter,
    LAMBDA_ACCOUNT_CONCURRENCY: concurrency,
  };
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}

/** Nothing of our own environment but PATH: a function must not see what Lambda would not give it. */
function emulatorEnvironment(
  folder: string,
  port: number,
  region: string,
  accountId: string,
  certificates: Certificates,
  more = {},
) {
  return {
    PATH: `${join(folder, "bin")}:${process.env["PATH"] ?? ""}`,
    HOME: join(folder, "home"),
    TMPDIR: join(folder, "tmp"),
    LANG: "C.UTF-8",
    TZ: "UTC",
    PYTHONUNBUFFERED: "1",
    PYTHONDONTWRITEBYTECODE: "1",
    PYTHONPATH: fileURLToPath(new URL(".", import.meta.url)),
    GATEWAY_PORT: String(port),
    MINISTACK_HOST: "127.0.0.1",
    MINISTACK_REGION: region,
    MINISTACK_ACCOUNT_ID: accountId,
    AUTH: "true",
    USE_SSL: "1",
    MINISTACK_SSL_CERT: certificates.certificate,
    MINISTACK_SSL_KEY: certificates.key,
    NODE_EXTRA_CA_CERTS: certificates.authority,
    IOT_MTLS_ENABLED: "0",
    SFTP_ENABLED: "0",
    LAMBDA_EXECUTOR: "local",
    LAMBDA_ACCOUNT_CONCURRENCY: String(concurrency()),
    LOG_LEVEL: "INFO",
    ...more,
  };
}

/**
 * How many processes of functions may work at one time: what half of the memory holds, at 100 MB each, and AWS's default at most.
 * The emulator would reckon 21 MB each, and run out of memory where hundreds of schedules come at one time.
 */
function concurrency(): number {
  return Math.max(16, Math.min(1_000, Math.floor(totalmem() / 2 / 100e6)));
}

function clientEnvironment(endpoint: string, region: string, authority: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_CA_BUNDLE: authority,
    NODE_EXTRA_CA_CERTS: authority,
    AWS_EC2_METADATA_DISABLED: "true",
    // Files of the user's own must not change what is tested.
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  };
}

async function untilReady(server: Supervised, endpoint: string, ca: string, log: string): Promise<void> {
  const ended = server.exited.then((status) => {
    throw new Error(`the AWS emulator ended with status ${status} while starting:\n${tail(log)}`);
  });
  ended.catch(() => undefined);
  const ready = until("the AWS emulator to answer", 60, () => answers(`${endpoint}/_ministack/health`, ca));
  try {
    await Promise.race([ready, ended]);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function answers(url: string, ca: string): Promise<true> {
  return new Promise((resolve, reject) => {
    const request = get(url, { ca, agent: false, timeout: 2_000 }, (response) => {
      response.resume();
      if (response.statusCode === 200) resolve(true);
      else reject(new Error(`it answered ${response.statusCode}`));
    });
    request.on("timeout", () => request.destroy(new Error("no answer in 2 s")));
    request.on("error", reject);
  });
}

function tail(log: string): string {
  try {
    return readFileSync(log, "utf8").split("\n").slice(-20).join("\n");
  } catch {
    return "(it printed nothing)";
  }
}
