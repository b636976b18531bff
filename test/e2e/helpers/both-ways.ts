// A bridge with one stream both ways to one OpenSSH partner, for tests of what crosses.
import { createSecret, openConfiguration, type Sshd, type Stack, startSshd, startStack } from "../../stack/index.ts";

export type BothWays = {
  readonly stack: Stack;
  readonly partner: Sshd;
  readonly functionName: string;
  /** Addresses, `s3://…/`: what is put to the first goes to `inbox`, what is in `outbox` comes to the second. */
  readonly push: string;
  readonly pull: string;
  readonly tableName: string;
  /** The bucket in which files are held. */
  readonly staging: string;
  readonly stop: () => Promise<void>;
};

/** What follows the other arguments of a side, such as `, verify = "off"`. */
export interface Sides {
  readonly push?: string;
  readonly pull?: string;
  /** Texts of secrets, by the name that stands with an @ for their ARN above. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Further streams with the same partner, `local.sftp`. */
  readonly streams?: string;
}

/** Starts stack and partner and applies the bridge; `settings` are further arguments of the module, `sides` of push and pull, in HCL. */
export async function startBothWays(settings = "", sides: Sides = {}): Promise<BothWays> {
  const [stack, partner] = await Promise.all([startStack(), startSshd()]);
  const stop = async () => {
    await Promise.all([stack.stop(), partner.stop()]);
  };
  try {
    partner.files.mkdir("inbox");
    partner.files.mkdir("outbox");
    const secret = await createSecret(stack, "sftp/acme", partner.key.privateKey);
    let text = configuration(partner, secret, settings, sides);
    for (const [name, value] of Object.entries(sides.secrets ?? {}))
      text = text.replaceAll(`@${name}`, await createSecret(stack, name, value));
    const workspace = await openConfiguration(stack, { "main.tf": text });
    const outputs = await workspace.apply();
    const bucket = String(outputs["bucket"]);
    return {
      stack,
      partner,
      functionName: String(outputs["function_name"]),
      push: `s3://${bucket}/acme/push/`,
      pull: `s3://${bucket}/acme/pull/`,
      tableName: String(outputs["table_name"]),
      staging: String(outputs["staging"]),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Polled by the tests themselves, so on no schedule that would come between. */
function configuration(partner: Sshd, secret: string, settings: string, sides: Sides): string {
  const { push = "", pull = "", streams = "" } = sides;
  return `
locals {
  sftp = {
    host        = "${partner.host}"
    port        = ${partner.port}
    username    = "${partner.username}"
    host_keys   = ["${partner.fingerprint}"]
    private_key = { secret_arn = "${secret}" }
  }
}
module "bridge" {
  source        = "../.."
  name          = "both-ways"
  force_destroy = true
  ${settings}
  streams = {
    acme = {
      sftp = local.sftp
      push = { sftp = "inbox"${push} }
      pull = { sftp = "outbox", schedule = "rate(1 day)"${pull} }
    }
    ${streams}
  }
}
output "bucket" { value = module.bridge.bucket }
output "table_name" { value = module.bridge.table_name }
output "staging" { value = module.bridge.staging.bucket }
output "function_name" { value = module.bridge.function_name }
`;
}
