// The local stack: real programs in the parts of AWS and of the partner, on free ports of 127.0.0.1.
//
//   const stack = await startStack();                       // AWS emulator: IAM, bucket policies and TLS are enforced
//   const partner = await startSshd();                      // OpenSSH; partner.files is the partner's folder
//   const bridge = await applyExample(stack, "complete", { … });   // the module, by the real AWS provider
//   bridge.applied                                          // outputs
//   await bridge.plan()                                     // [] right after apply: what another apply would change
//   await bridge.destroy();
//   await partner.stop(); await stack.stop();
//
// startStack         endpoint, credentials and `env` for Terraform, the aws CLI and Node; `awsConfig(stack)` for SDK clients
// startSshd          keys (plain, with passphrase, a stranger's), fingerprints, known_hosts; down/up/cut/rotateHostKeys,
//                    config (MaxSessions, MaxStartups, Ciphers …), sftp (["-R"]: read-only), diskBytes (a disk that fills)
// startPasswordServer   another make (asyncssh) with password and keyboard-interactive log-in, confined to its folder
// openConfiguration  a Terraform configuration of the test's own: `source = "../.."` is the module
// logsOf, metricsOf  what the function printed; its EMF lines as data points; publishMetrics puts them into CloudWatch
// functionProcesses  the function's running processes with their peak memory
// until              polls for something, with a deadline and a message that says what was waited for
//
// Everything ends with the process that started it, however that ends. Stop what you start all the same (t.teardown).
// Two stacks, or a hundred partners, may run side by side. Nothing is written to the repository.
export { awsConfig } from "./clients.ts";
export { type Stack, startStack } from "./emulator.ts";
export { functionProcesses } from "./function-processes.ts";
export { type LogLine, logsOf } from "./logs.ts";
export { type DataPoint, metricsOf, publishMetrics } from "./metrics.ts";
export { type PasswordServer, startPasswordServer } from "./password-server.ts";
export { openPump, startPump } from "./pump.ts";
export { changeSecret, createSecret } from "./secrets.ts";
export { type Sshd, startSshd } from "./sshd.ts";
export { until } from "./temporary.ts";
export { applyExample, openConfiguration, openExample, type PlannedChange, type Workspace } from "./terraform.ts";
