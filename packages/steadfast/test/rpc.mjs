// What the tests of calls between objects have in common.
import { Steadfast } from "../dist/index.js";
import { DurableObject } from "../dist/workers.js";

/** Starts an app whose objects have these methods; the function it gives runs code in the worker, with their stubs. */
export async function start(t, methods, options = {}) {
  class Callee extends DurableObject {}
  Object.defineProperties(Callee.prototype, Object.getOwnPropertyDescriptors(methods));
  let task;
  const app = await Steadfast.start({
    durableObjects: { OBJECT: { class: Callee, uniqueKey: "calls" } },
    worker: {
      async fetch(_request, env) {
        await task((name = "a") => env.OBJECT.getByName(name), env);
        return new Response("done");
      },
    },
    ...options,
  });
  t.after(() => app.stop());
  const runner = async (run) => {
    task = run;
    await app.fetch("http://worker/");
  };
  return Object.assign(runner, { app });
}

/** What the promise rejects with. */
export async function rejection(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("the promise was fulfilled");
}

/** Class, message and own enumerable flags of what the promise rejects with. */
export async function told(promise) {
  const error = await rejection(promise);
  return [error.constructor.name, error.message, { ...error }];
}
