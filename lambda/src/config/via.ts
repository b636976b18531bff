import * as v from "valibot";
import { keyInBoth, shareKey } from "./authority-keys.ts";
import { host, object, oneOf, present, secretSource, text, texts, whole } from "./fields.ts";
import type { ViaConfig } from "./types.ts";

const fields = object({
  type: oneOf(["socks5", "http", "ssh"]),
  host,
  port: whole(1, 65_535),
  username: v.nullish(text),
  password: v.nullish(secretSource),
  private_key: v.nullish(secretSource),
  passphrase: v.nullish(secretSource),
  certificate: v.nullish(secretSource),
  host_keys: texts,
  host_ca_keys: v.nullish(texts),
});

/** `sftp.via`: the proxy or jump host. A jump host that isn't pinned would see, and could change, who is behind it. */
export const via = v.pipe(
  fields,
  v.check(
    ({ type, host_keys, host_ca_keys }) => (type === "ssh") === host_keys.length + (host_ca_keys?.length ?? 0) > 0,
    "needs host_keys (or host_ca_keys) where type is ssh, and only there",
  ),
  v.check(({ host_keys, host_ca_keys }) => !shareKey(host_keys, host_ca_keys ?? []), keyInBoth),
  v.check(
    ({ certificate, private_key }) => certificate == null || private_key != null,
    "has a certificate, which is of no use without the private_key that it certifies",
  ),
  v.check(
    ({ type, private_key }) => private_key == null || type === "ssh",
    "has a private_key, which only a jump host (ssh) takes",
  ),
  v.check(
    ({ type, username, password, private_key }) =>
      type === "ssh"
        ? username != null && (password != null || private_key != null)
        : (username == null) === (password == null),
    "needs a username, and with it a password (or, for ssh, a private_key); a proxy may have neither",
  ),
  v.check(
    ({ passphrase, private_key }) => passphrase == null || private_key != null,
    "has a passphrase, which is of no use without private_key",
  ),
  v.transform(
    ({ type, host: name, port, host_keys, host_ca_keys, ...value }): ViaConfig => ({
      type,
      host: name,
      port,
      hostKeys: host_keys,
      ...(host_ca_keys != null && host_ca_keys.length > 0 && { hostCaKeys: host_ca_keys }),
      ...present("username", value.username),
      ...present("password", value.password),
      ...present("privateKey", value.private_key),
      ...present("passphrase", value.passphrase),
      ...present("certificate", value.certificate),
    }),
  ),
);
