import test from "ava";
import { canonicalHost } from "../../../lambda/src/config/host.ts";
import { parseConfig } from "../../../lambda/src/config/parse.ts";
import { partnerOf } from "../../../lambda/src/config/types.ts";
import { documentWith } from "../../helpers/config-document.ts";

const spellings: Readonly<Record<string, readonly string[]>> = {
  "sftp.acme.example": ["sftp.acme.example", "SFTP.Acme.Example", "sftp.acme.example.", "SFTP.ACME.EXAMPLE."],
  "2001:db8::1": ["2001:db8::1", "2001:0DB8:0:0:0:0:0:1", "[2001:db8::1]", "[2001:DB8:0000::0001]"],
  "fe80::1%eth0": ["fe80::1%eth0", "FE80:0::1%eth0", "[fe80::1%eth0]"],
  "192.0.2.1": ["192.0.2.1"],
};
for (const [host, written] of Object.entries(spellings))
  test(`one partner has one name: ${host}`, (t) => {
    for (const spelling of written) {
      t.is(canonicalHost(spelling), host);
      t.is(partnerOf({ host: spelling, port: 22, username: "us" }), `us@${host}:22`);
      t.is(parseConfig(documentWith({ "sftp.host": spelling })).streams.get("acme")?.sftp.host, host);
    }
  });

for (const directory of ["~", "~/inbox", "/~/inbox", "~us/inbox", "$HOME/inbox", "\u0024{HOME}", "%HOME%/inbox"])
  test(`a directory isn't a shell's word: ${directory}`, (t) => {
    t.throws(() => parseConfig(documentWith({ "push.directory": directory })), {
      message: /push\.directory may not begin with ~ or a variable/,
    });
  });

for (const directory of ["C:", "c:/inbox", "C:\\inbox", "\\\\host\\share", "//host/share", "in\\box"])
  test(`a directory is written as SFTP writes it: ${directory}`, (t) => {
    t.throws(() => parseConfig(documentWith({ "push.directory": directory })), {
      message: /push\.directory may not begin with a drive letter/,
    });
  });

test("a directory on a drive of Windows is absolute", (t) => {
  t.is(parseConfig(documentWith({ "push.directory": "/C:/inbox" })).streams.get("acme")?.push?.directory, "/C:/inbox");
});
