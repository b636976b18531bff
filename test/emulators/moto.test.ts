/** What the data path and the journal ask of AWS, asked of moto. */
import { runSuites } from "./suite.ts";

runSuites("moto");
