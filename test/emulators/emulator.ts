// The emulators that the data path's and the journal's suites run against: two that were written by different people, so
// that what the product takes for AWS's behaviour isn't one author's reading of it.
import { rmSync } from "node:fs";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { fileURLToPath } from "node:url";
import { provideMoto } from "../../scripts/setup/moto.mjs";
import type { Stack } from "../stack/emulator.ts";
import { startStack } from "../stack/index.ts";
import { removal, supervise } from "../stack/process.ts";
import { freePort, temporaryFolder, until } from "../stack/temporary.ts";

/** What an emulator is known not to do, of what AWS does. A test that needs it is expected to fail there. */
export type Gap =
  /** S3 refuses a body whose SHA-256 isn't the one that came with it. */
  | "refuses wrong checksums"
  /** ListParts tells each part's checksum. */
  | "lists checksums of parts"
  /** An upload's parts have the kind of checksum that it was begun with, and the object that of all its bytes. */
  | "holds uploads to their checksums"
  /** ListMultipartUploads tells when each was begun. */
  | "tells when uploads were begun"
  /** CompleteMultipartUpload answers 404 where the upload is gone; moto fails with a 500. */
  | "knows that an upload is gone"
  /** S3 refuses to complete an upload whose parts, but for the last, have less than 5 MiB. */
  | "refuses small parts"
  /** A PartiQL statement whose condition fails tells the item that is there, where it is asked for. */
  | "tells items in batches";

export type EmulatorName = "ministack" | "moto";

/** What each lacks: known before it runs, since the tests are declared by it. */
export const gapsOf: Readonly<Record<EmulatorName, ReadonlySet<Gap>>> = {
  ministack: new Set<Gap>(["refuses small parts"]),
  moto: new Set<Gap>([
    "refuses wrong checksums",
    "lists checksums of parts",
    "holds uploads to their checksums",
    "tells when uploads were begun",
    "knows that an upload is gone",
    "tells items in batches",
  ]),
};

export type Emulator = Pick<Stack, "endpoint" | "region" | "credentials" | "authorityPem" | "stop"> & {
  readonly name: EmulatorName;
};

/**
 * Starts one, and points the clients that the product makes by itself at it: as a function's environment does. `leastPart`:
 * bytes that S3 wants of every part but the last, as far as the emulator looks at that; 5 MiB as on AWS unless said.
 */
export async function startEmulator(
  name: EmulatorName,
  { leastPart = 5 * 1024 * 1024 }: { readonly leastPart?: number } = {},
): Promise<Emulator> {
  const emulator = name === "moto" ? await startMoto(leastPart) : await startMinistack();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: emulator.endpoint,
    AWS_REGION: emulator.region,
    AWS_ACCESS_KEY_ID: emulator.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: emulator.credentials.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  });
  if (emulator.authorityPem !== "") setDefaultCACertificates([...getCACertificates("default"), emulator.authorityPem]);
  return emulator;
}

async function startMinistack(): Promise<Emulator> {
  return { ...(await startStack()), name: "ministack" };
}

/** moto in server mode; docs.getmoto.org/en/latest/docs/server_mode.html. It asks nobody for a signature. */
async function startMoto(leastPart: number): Promise<Emulator> {
  const python = await provideMoto();
  const port = await freePort();
  const folder = temporaryFolder("moto");
  const endpoint = `http://127.0.0.1:${port}`;
  const server = supervise(python, [fileURLToPath(new URL("moto_server.py", import.meta.url)), String(port)], {
    // It looks for AWS's own settings; HOME keeps the user's out.
    env: {
      PATH: process.env["PATH"],
      HOME: folder,
      PYTHONUNBUFFERED: "1",
      PYTHONDONTWRITEBYTECODE: "1",
      MOTO_S3_CUSTOM_ENDPOINTS: endpoint,
      S3_UPLOAD_PART_MIN_SIZE: String(leastPart),
    },
    cwd: folder,
    log: `${folder}/moto.log`,
    atEnd: removal(folder),
  });
  try {
    await until("moto to answer", 60, async () => ((await fetch(`${endpoint}/moto-api/`)).ok ? true : undefined));
  } catch (error) {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    name: "moto",
    endpoint,
    region: "eu-central-1",
    credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret" },
    authorityPem: "",
    stop: server.stop,
  };
}
