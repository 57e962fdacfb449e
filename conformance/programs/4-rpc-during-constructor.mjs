/*
spec: 3.4, 4.1
covers: Calls, fetches and property reads that arrive while the constructor's section runs wait, in order, and see its result
object: OBJ Obj sqlite
object: OTHER Other
*/
import { DurableObject } from "cloudflare:workers";
import { noting, pause } from "./observe.mjs";

export class Obj extends DurableObject {
  seen = [];
  constructor(ctx, env) {
    super(ctx, env);
    this.seen.push("constructor");
    ctx.blockConcurrencyWhile(async () => {
      const { storage } = ctx;
      this.starts = ((await storage.get("starts")) ?? 0) + 1;
      await storage.put("starts", this.starts);
      await pause(20);
      await this.env.OTHER.getByName("o").ping();
      this.seen.push("section ends");
    });
    this.seen.push("constructor ends");
  }
  step(name) {
    this.seen.push(`${name} ${this.starts}`);
    return this.seen;
  }
  get value() {
    return this.starts;
  }
  ping() {}
}

export class Other extends DurableObject {
  ping() {
    return "pong";
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  const calls = [stub.step("first"), stub.value.then((v) => v), stub.step("second")];
  await pause(5);
  calls.push(stub.step("third"));
  const [, value, , last] = await Promise.all(calls);
  log.note("value", value);
  log.note("order", last);
});
