/** The module `cloudflare:workers`. */
import { currentContext } from "./lane/context.js";
import { wrongArgument } from "./objects/arguments.js";
import { currentScope, runReplaced, viewOf } from "./services/scope.js";

export { DurableObject, RpcTarget, WorkerEntrypoint } from "./rpc/classes.js";
export { Fetcher as ServiceStub } from "./rpc/fetcher.js";
export { RpcPromise, RpcProperty } from "./rpc/property.js";
export { RpcStub } from "./rpc/stub.js";

/** The worker's environment, also for code that is not handed one. */
export const env: Record<string, unknown> = viewOf("env", currentScope);

/** The worker's own entry points and classes, as `ctx.exports`. */
export const exports: Record<string, unknown> = viewOf("exports", currentScope);

/** Runs `code`, and what it starts, with another {@link env}. */
export function withEnv<T>(given: unknown, code: () => T): T {
  return runReplaced(isScope(given) ? { env: given } : {}, code);
}

/** Runs `code`, and what it starts, with other {@link exports}. */
export function withExports<T>(given: unknown, code: () => T): T {
  return runReplaced(isScope(given) ? { exports: given } : {}, code);
}

/** Both. */
export function withEnvAndExports<T>(givenEnv: unknown, givenExports: unknown, code: () => T): T {
  return withEnv(givenEnv, () => withExports(givenExports, code));
}

/** Lets work go on after the response. */
export function waitUntil(promise: Promise<unknown>): void;
export function waitUntil(...given: unknown[]): void {
  if (given.length === 0) throw wrongArgument("waitUntil", "EntrypointsModule", 1, "Promise");
  const activation = currentContext()?.activation;
  if (activation !== undefined) {
    activation.waitUntil(given[0]);
    return;
  }
  Promise.resolve(given[0]).catch((error: unknown) =>
    console.error("uncaught (in waitUntil)", error),
  );
}

function isScope(value: unknown): value is Record<string, unknown> {
  return (typeof value === "object" || typeof value === "function") && value !== null;
}
