/** A host certificate is no secret: whoever shows it has to own the key in it as well. */
import type { AddressInfo } from "node:net";
import test, { type ExecutionContext } from "ava";
import ssh2, { type ParsedKey } from "ssh2";
import { openRemote } from "../../../../../lambda/src/sftp/open.ts";
import { makeAuthority } from "../../../../helpers/sftp/certificates.ts";
import { remoteErrorOf } from "../../../../helpers/sftp/connected.ts";
import { makeKey } from "../../../../helpers/sftp/keys.ts";
import { sftp } from "../../../../helpers/streams.ts";

const authority = makeAuthority();
const partner = makeKey("ed25519");
const thief = makeKey("ed25519");
const certificate = authority.sign({ publicLine: partner.publicLine, host: true, principals: ["127.0.0.1"] });

const parsed = (privateKey: string): ParsedKey => {
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error) throw key;
  return [key].flat()[0] as ParsedKey;
};

/** A server that shows the partner's certificate, and signs with the key of `owner`. */
const serverOf = async (t: ExecutionContext, owner: string): Promise<number> => {
  const key = parsed(owner);
  const blob = Buffer.from(certificate.split(" ")[1] ?? "", "base64");
  let type = "ssh-ed25519-cert-v01@openssh.com";
  let kex: { negotiated: { serverHostKey: string } } | undefined;
  const keep = (next: typeof kex): void => {
    kex = next;
  };
  // ssh2's server knows no certificates: as far as the signature it takes this one for a key, then its name is put right.
  const shown = Object.create(key, {
    type: { get: () => type },
    getPublicSSH: { value: () => blob },
    sign: {
      value: (data: Buffer) => {
        type = "ssh-ed25519";
        if (kex) kex.negotiated.serverHostKey = type;
        return key.sign(data);
      },
    },
  });
  const server = new ssh2.Server({ hostKeys: [{ key: shown }] }, (client) => {
    const { _protocol: protocol } = client as unknown as { _protocol: { _kex?: typeof kex } };
    Object.defineProperty(protocol, "_kex", { get: () => kex, set: keep });
    client.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
};

const connect = async (t: ExecutionContext, owner: string) =>
  openRemote(
    {
      ...sftp,
      host: "127.0.0.1",
      port: await serverOf(t, owner),
      hostKeys: [],
      hostCaKeys: [authority.publicLine],
    },
    { password: "secret" },
  );

test("who has the key in the certificate gets as far as the log-in, which this server refuses", async (t) => {
  await remoteErrorOf(t, "authentication", connect(t, partner.privateKey));
});

test("who has the certificate without its key is refused before any log-in", async (t) => {
  const { message } = await remoteErrorOf(t, "handshake", connect(t, thief.privateKey));
  t.regex(message, /signature verification failed/);
});
