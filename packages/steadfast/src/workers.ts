/** The module `cloudflare:workers`. */
import { currentContext } from "./lane/context.js";

/** The worker's environment, also for code that is not handed one. */
export const env: Record<string, unknown> = {};

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

/** Lets work go on after the response. */
export function waitUntil(promise: Promise<unknown>): void {
  const activation = currentContext()?.activation;
  const { native } = activation?.lane ?? {};
  if (activation !== undefined) native?.beginActivity(activation.number);
  const done = (): void => {
    if (activation !== undefined) native?.endActivity(activation.number);
  };
  Promise.resolve(promise).then(done, (error: unknown) => {
    done();
    console.error("uncaught (in waitUntil)", error);
  });
}
