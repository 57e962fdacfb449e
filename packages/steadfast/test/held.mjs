// An app whose engine a test can hold back: needs the addon built with its testing hooks.
import { fileURLToPath } from "node:url";

process.env.STEADFAST_ADDON = fileURLToPath(
  new URL("../../../target/steadfast.testing.node", import.meta.url),
);
const { Steadfast, Server, attach } = await import("../dist/index.js");
const { binding } = await import("../dist/binding.js");

export { attach, Server, Steadfast };

/** Starts an app and gives it with its engine; stops it when the test ends. */
export async function startHeld(t, options) {
  const app = await Steadfast.start(options);
  const engine = binding.lastEngine();
  t.after(async () => {
    engine.release();
    // An engine that has failed says so again when it is stopped.
    await app.stop().catch(() => undefined);
  });
  return { app, engine };
}

/** The engine of the server opened last. */
export function lastEngine() {
  return binding.lastEngine();
}

/** Lets everything run that can run now. */
export async function settle() {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Whether a promise is still pending after everything that can run has run. */
export async function isPending(promise) {
  const pending = Symbol("pending");
  await settle();
  return (await Promise.race([promise, Promise.resolve(pending)])) === pending;
}
