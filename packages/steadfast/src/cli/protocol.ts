import type { WorkerDefinition } from "../attach.js";

/** What the command tells the thread that runs the Worker's code. */
export type ToThread =
  /** Import the bundles and see whether they have what the bindings need. */
  | { type: "load"; workers: ThreadWorker[] }
  /** Begin to take requests of the server that `token` names, as its lane at `place`. */
  | {
      type: "attach";
      token: string;
      place: number;
      inspect: InspectAddress | undefined;
    };

/** A Worker whose bundle is at `path`. */
export interface ThreadWorker {
  path: string;
  definition: Omit<WorkerDefinition, "module">;
}

/** What the thread answers, in the order it was asked. */
export type FromThread = { type: "done" } | { type: "failed"; message: string };

/** Where a debugger can attach. */
export interface InspectAddress {
  host: string;
  port: number;
}
