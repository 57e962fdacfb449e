import type { WorkerDefinition } from "../attach.js";

/** What the command tells the thread that runs the Worker's code. */
export type ToThread =
  /** Import the bundle at `path` and see whether it has what the bindings need. */
  | { type: "load"; path: string; definition: Omit<WorkerDefinition, "module"> }
  /** Begin to take requests of the server that `token` names. */
  | { type: "attach"; token: string; inspect: InspectAddress | undefined };

/** What the thread answers, in the order it was asked. */
export type FromThread = { type: "done" } | { type: "failed"; message: string };

/** Where a debugger can attach. */
export interface InspectAddress {
  host: string;
  port: number;
}
