/** `push.verify = "checksum"`: by the server's own checksum, else by reading back; and what else is compared by content. */
import { createHash, randomBytes } from "node:crypto";
import test, { type ExecutionContext } from "ava";
import type { Quirks } from "../../helpers/sftp/adversary.ts";
import { sshString } from "../../helpers/sftp/extensions.ts";
import type { Node } from "../../helpers/sftp/files.ts";
import type { BridgeOptions } from "../../servers/bridge.ts";
import { startQuirkyPush } from "../../servers/quirky-push.ts";

const content = randomBytes(300_000);

const setup = async (t: ExecutionContext, quirks: Quirks, options: BridgeOptions = {}) => {
  const requests: string[] = [];
  const checked = { push: { verify: "checksum" }, ...options } as const;
  const { server, bridge } = await startQuirkyPush(t, quirks, checked, (request) => void requests.push(request));
  await bridge.put("f", content);
  await bridge.drain();
  return {
    server,
    bridge,
    requests,
    state: bridge.entries()[0]?.state,
    error: bridge.entries()[0]?.last_error?.message ?? "",
    there: await server.files.read("x/in/f"),
  };
};

const sha256 = (file: Node | undefined): Buffer => {
  const bytes = Buffer.alloc(file?.size ?? 0);
  if (file?.kind === "file") file.read(0, bytes);
  return createHash("sha256").update(bytes).digest();
};
/** Reads the name in a request. */
const named = (data: Buffer): string => data.subarray(4, 4 + data.readUInt32BE(0)).toString();

for (const [form, before] of [
  ["as the draft has it", [sshString("check-file")]],
  ["without the extension's name", []],
] as const)
  test(`a server that reckons checksums is asked, and nothing is read back: ${form}`, async (t) => {
    const asked: string[] = [];
    const { state, requests, there } = await setup(t, {
      extensions: {
        "check-file": () => 8,
        "check-file-name": (data, files) => {
          asked.push(named(data));
          return Buffer.concat([...before, sshString("sha256"), sha256(files.get(named(data)))]);
        },
      },
    });
    t.is(state, "delivered");
    t.true(there?.equals(content));
    t.is(asked.length, 1);
    t.regex(asked[0] ?? "", /\.tmp$/, "before it is shown");
    t.false(requests.includes("READ"));
  });

test("a server's checksum of other bytes: nothing is shown, and they are removed", async (t) => {
  const { server, state, error, there } = await setup(t, {
    extensions: {
      "check-file": () => 8,
      "check-file-name": () => Buffer.concat([sshString("check-file"), sshString("sha256"), Buffer.alloc(32)]),
    },
  });
  t.is(state, "pending");
  t.is(there, undefined);
  t.deepEqual(await server.files.list("x/in"), []);
  t.regex(error, /other bytes of \/x\/in\/f than were sent.*nobody has seen them.*sent again/);
});

test("a server that announces checksums and refuses them: the file is read back", async (t) => {
  const { state, requests } = await setup(t, { extensions: { "check-file": () => 8, "check-file-name": () => 4 } });
  t.is(state, "delivered");
  t.true(requests.includes("READ"));
});

test("a server without checksums: the file is read back before it is shown", async (t) => {
  const { state, requests } = await setup(t, {});
  t.is(state, "delivered");
  t.true(requests.indexOf("READ") > 0 && requests.lastIndexOf("READ") < requests.indexOf("RENAME"));
});

test("other bytes of the same number, which only the content shows", async (t) => {
  const { state, error, there } = await setup(t, { garbles: true });
  t.is(state, "pending");
  t.is(there, undefined);
  t.regex(error, /other bytes of/);
});

test("the same with strict is delivered, since the size is all that is compared", async (t) => {
  const { state } = await setup(t, { garbles: true }, { push: { verify: "strict" } });
  t.is(state, "delivered");
});

test("nobody may read what was uploaded: nothing is shown, and the advice says what it risks", async (t) => {
  const { state, error, there } = await setup(t, {
    refuse: (request, _path, { flags }) => (request === "OPEN" && (flags & 1) !== 0 ? 3 : undefined),
  });
  t.is(state, "pending");
  t.is(there, undefined);
  t.regex(
    error,
    /verify = "strict", which compares the size only: other bytes of the same number would not be noticed/,
  );
});

test("strict, and another size is told: the content decides, and other bytes of that file are never shown", async (t) => {
  const strict = { push: { verify: "strict" } } as const;
  for (const told of [0, 299_999, 300_001]) {
    const right = await setup(t, { size: () => told }, strict);
    t.is(right.state, "delivered", right.error);
    const wrong = await setup(t, { size: () => told, garbles: true }, strict);
    t.is(wrong.state, "pending");
    t.regex(wrong.error, /holds \d+ bytes/);
    t.is(wrong.there, undefined);
  }
  const short = await setup(t, { atClose: (bytes) => bytes.subarray(0, 299_999) }, strict);
  t.is(short.state, "pending", "cut short");
  const long = await setup(t, { atClose: (bytes) => Buffer.concat([bytes, bytes]), size: () => 5 }, strict);
  t.is(long.state, "pending", "and longer, whatever is told");
});
