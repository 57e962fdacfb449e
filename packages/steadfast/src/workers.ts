/** The module `cloudflare:workers`. */
import { currentContext } from "./lane/context.js";

export { DurableObject, RpcTarget, WorkerEntrypoint } from "./rpc/classes.js";

/** The worker's environment, also for code that is not handed one. */
export const env: Record<string, unknown> = {};

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
