/** What the data path and the journal ask of AWS, asked of ministack. */
import { runSuites } from "./suite.ts";

runSuites("ministack");
