/** `ctx` outside objects. */
import { illegalConstructor, illegalInvocation, tag, wrongArgument } from "../objects/arguments.js";

/** Only whoever has this may make a context. */
const MAKER = Symbol("maker");

/** Resolves when everything given to `waitUntil` has settled: whether none of it was rejected. */
export let allSettled: (ctx: ExecutionContext) => Promise<boolean>;

/** What one event of a Worker is handed. */
export class ExecutionContext {
  /** What the binding it was called through says of the caller. */
  readonly props: unknown;
  /** The Worker's own entry points and classes; there from compatibility date 2025-11-17. */
  declare readonly exports?: object;
  /** What `waitUntil` was given: settled with whether it succeeded. */
  #tasks: Promise<boolean>[] | undefined;

  static {
    allSettled = async (ctx) => {
      let succeeded = true;
      // A task may add more.
      for (const task of ctx.#tasks ?? []) succeeded = (await task) && succeeded;
      return succeeded;
    };
  }

  /** @internal */
  constructor(props: unknown, exports: object | undefined, maker?: typeof MAKER) {
    if (maker !== MAKER) throw illegalConstructor();
    this.props = props;
    if (exports !== undefined) this.exports = exports;
  }

  /** Lets work go on after the response; a rejection is logged. */
  waitUntil(promise: unknown): void;
  waitUntil(...given: unknown[]): void {
    if (!(typeof this === "object" && this !== null && #tasks in this)) throw illegalInvocation();
    if (given.length === 0) throw wrongArgument("waitUntil", "ExecutionContext", 1, "Promise");
    const task = Promise.resolve(given[0]).then(
      () => true,
      (error: unknown) => {
        console.error("uncaught (in waitUntil)", error);
        return false;
      },
    );
    this.#tasks ??= [];
    this.#tasks.push(task);
  }

  passThroughOnException(): void {
    // Only a proxied origin could answer instead; there is none.
  }
}

tag(ExecutionContext, "ExecutionContext");

/** `ctx` for one event. */
export function makeExecutionContext(
  props: unknown,
  exports: object | undefined,
): ExecutionContext {
  return new ExecutionContext(props, exports, MAKER);
}
