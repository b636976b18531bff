import test from "ava";
import { withNetwork } from "../../../lambda/src/drain/connect-partner.ts";
import { RemoteError } from "../../../lambda/src/sftp/errors.ts";

const network = "subnets subnet-0a; security groups sg-0a";

test("a connection without an answer names the subnets and security groups that may be in its way", (t) => {
  const plain = new RemoteError("connect-timeout", "us@acme:22: no answer.", { path: "a" });
  const error = withNetwork(plain, network);
  if (!(error instanceof RemoteError)) return t.fail();
  t.regex(
    error.message,
    /no answer\. The function is in a VPC \(subnets subnet-0a; security groups sg-0a\): .*security groups let out/,
  );
  t.is(error.kind, "connect-timeout");
  t.is(error.path, "a");
  t.is(error.cause, plain);
});

test("what isn't the network's fault, and what happens outside of a network, is left as it is", (t) => {
  const refused = new RemoteError("authentication", "refused");
  t.is(withNetwork(refused, network), refused);
  const silent = new RemoteError("connect-timeout", "no answer");
  t.is(withNetwork(silent, undefined), silent);
  const odd = new Error("odd");
  t.is(withNetwork(odd, network), odd);
});
