/*
spec: 7.1 transaction
covers: Resolves with the value of the callback; the callback may be synchronous; arguments
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { asking, perform } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  async run(log) {
    const { storage } = this.ctx;
    await log.try("value", () => storage.transaction(async () => 5));
    await log.try("undefined", () => storage.transaction(async () => {}));
    await log.try("synchronous", () => storage.transaction(() => "sync"));
    await log.try("object", () => storage.transaction(async () => ({ a: [1, new Map([[1, 2]])] })));
    await log.try("same object", async () => {
      const object = {};
      return (await storage.transaction(async () => object)) === object;
    });
    await log.try("arguments", () =>
      storage.transaction((...args) => [
        args.length,
        args[0].constructor.name,
        Object.prototype.toString.call(args[0]),
      ]),
    );
    await log.try("none", () => storage.transaction());
    await log.try("no function", () => storage.transaction(5));
    await log.try("without this", () => (0, storage.transaction)(async () => 1));
    await log.try("with options", () =>
      storage.transaction(async () => "with", { allowConcurrency: true }),
    );
    await log.try("returns a promise", () => {
      const promise = storage.transaction(async () => 1);
      return promise instanceof Promise;
    });
    let started = false;
    const pending = storage.transaction(async () => {
      started = true;
    });
    log.note("started at once", started);
    await pending;
    log.note("in the end", started);
    await log.try("thenable", () =>
      storage.transaction(() => ({ then: (resolve) => resolve("then") })),
    );
  }
}

export default asking("OBJ", ["run"]);
