// Every policy that the module and its examples make, looked up in AWS's catalogue: `node test/policies/main.ts`. They are
// applied on the local stack, since a plan doesn't know the policies whose ARNs come with the apply. Fails with the mistakes.
import { mistakesIn } from "./look-up.ts";
import { renderPolicies } from "./render.ts";

const policies = await renderPolicies();
const mistakes = await mistakesIn(policies);
for (const mistake of mistakes) console.log(mistake);
console.log(`${policies.length} policies looked up, ${mistakes.length} mistakes`);
process.exitCode = mistakes.length === 0 && policies.length > 0 ? 0 : 1;
