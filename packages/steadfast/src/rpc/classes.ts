/** The classes of `cloudflare:workers` that user code extends. */

/** Base class of objects: keeps what the constructor is given. */
export class DurableObject<Env = unknown> {
  protected readonly ctx: unknown;
  protected readonly env: Env;

  constructor(ctx: unknown, env: Env) {
    this.ctx = ctx;
    this.env = env;
  }
}

/** Base class of entry workers written as a class. */
export class WorkerEntrypoint<Env = unknown> {
  protected readonly ctx: unknown;
  protected readonly env: Env;

  constructor(ctx: unknown, env: Env) {
    this.ctx = ctx;
    this.env = env;
  }
}

/** Base class of what is passed by reference: callers see its methods and getters through a stub. */
export class RpcTarget {}

Object.defineProperty(RpcTarget.prototype, Symbol.toStringTag, {
  value: "RpcTarget",
  configurable: true,
});
