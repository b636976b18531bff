/** `sftp`: the partner, as the document has it. */
import * as v from "valibot";
import { keyInBoth, shareKey } from "./authority-keys.ts";
import { flag, host, object, present, secretSource, text, texts, whole } from "./fields.ts";
import { rangesOf } from "./ranges.ts";
import { abilityNames, type GivenTraits, isAbility, isLimit, limitNames } from "./server-traits.ts";
import type { SftpConfig } from "./types.ts";
import { via } from "./via.ts";

// These have fields of their own; given twice, one would silently win, and hostVerifier and hostHash decide about pinning.
const reservedOptions = [
  "host",
  "port",
  "username",
  "password",
  "privateKey",
  "passphrase",
  "hostVerifier",
  "hostHash",
  "sock",
];

/** What the user says of the server; names that aren't known would be believed to be in force. */
const serverTraits = v.pipe(
  v.nullish(v.record(v.string(), v.unknown(), "has to be an object"), {}),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const [name, value] of Object.entries(dataset.value)) {
      if (value === null || (isAbility(name) && typeof value === "boolean")) continue;
      if (isLimit(name) && Number.isSafeInteger(value) && Number(value) >= 1) continue;
      addIssue({
        message: isAbility(name)
          ? `.${name} has to be true or false`
          : isLimit(name)
            ? `.${name} has to be a whole number from 1`
            : `has no ${JSON.stringify(name)}; there are ${[...abilityNames, ...limitNames].join(", ")}`,
      });
    }
  }),
  v.transform((given): GivenTraits => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null))),
);

const areRanges = (ranges: string[]): boolean => {
  try {
    rangesOf(ranges);
    return true;
  } catch {
    return false;
  }
};

export const sftp = v.pipe(
  object({
    host,
    port: whole(1, 65_535),
    username: text,
    host_keys: texts,
    host_ca_keys: texts,
    insecure_ignore_host_key: flag,
    password: v.nullish(secretSource),
    private_key: v.nullish(secretSource),
    passphrase: v.nullish(secretSource),
    certificate: v.nullish(secretSource),
    via: v.nullish(via),
    allowed_addresses: v.nullish(
      v.pipe(
        v.array(text, "has to be a list of strings"),
        v.nonEmpty("may not be empty"),
        v.check(areRanges, 'has to be ranges such as "192.0.2.0/24"'),
      ),
    ),
    max_connections: whole(1, 64),
    max_bytes_per_second: v.nullish(whole(65_536, 10_000_000_000)),
    max_handles_per_file: v.nullish(whole(1, 64)),
    server: serverTraits,
    connect_timeout_seconds: whole(1, 600),
    operation_timeout_seconds: whole(1, 600),
    options: v.pipe(
      v.nullish(v.record(v.string(), v.unknown(), "has to be an object"), {}),
      v.check(
        (options) => !reservedOptions.some((name) => name in options),
        `may not contain ${reservedOptions.join(", ")}: the stream has fields of its own for these, or they would weaken the host-key check`,
      ),
    ),
  }),
  v.forward(
    v.check(
      (value) => value.host_keys.length > 0 || value.host_ca_keys.length > 0 || value.insecure_ignore_host_key,
      "needs at least one pinned key (`ssh-keyscan` shows them; compare with what the partner says), host_ca_keys, or insecure_ignore_host_key = true",
    ),
    ["host_keys"],
  ),
  v.check((value) => !shareKey(value.host_keys, value.host_ca_keys), keyInBoth),
  v.check(
    (value) => value.password != null || value.private_key != null,
    "needs a password or a private_key to log in with",
  ),
  v.forward(
    v.check(
      (value) => value.passphrase == null || value.private_key != null,
      "is of no use without private_key: remove it, or add the key",
    ),
    ["passphrase"],
  ),
  v.forward(
    v.check(
      (value) => value.certificate == null || value.private_key != null,
      "is of no use without the private_key that it certifies: remove it, or add the key",
    ),
    ["certificate"],
  ),
  v.transform(
    (value): SftpConfig => ({
      host: value.host,
      port: value.port,
      username: value.username,
      hostKeys: value.host_keys,
      ...(value.host_ca_keys.length > 0 && { hostCaKeys: value.host_ca_keys }),
      insecureIgnoreHostKey: value.insecure_ignore_host_key,
      ...present("password", value.password),
      ...present("privateKey", value.private_key),
      ...present("passphrase", value.passphrase),
      ...present("certificate", value.certificate),
      ...present("via", value.via),
      ...present("allowedAddresses", value.allowed_addresses),
      maxConnections: value.max_connections,
      ...present("maxBytesPerSecond", value.max_bytes_per_second),
      ...present("maxHandlesPerFile", value.max_handles_per_file),
      ...(Object.keys(value.server).length > 0 && { server: value.server }),
      connectTimeoutSeconds: value.connect_timeout_seconds,
      operationTimeoutSeconds: value.operation_timeout_seconds,
      options: value.options,
    }),
  ),
);
