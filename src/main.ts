import { execTuned } from "./runtime/exec_tuned.ts";

// Before anything else is loaded, since it may begin anew.
execTuned();
await import("./run.ts");
