/*
spec: 3.3
covers: abort while the caller's callback runs, in a getter, in a waitUntil, without reason, with an Error; nothing after it runs
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting, pause } from "./observe.mjs";

export class Obj extends DurableObject {
  async duringCallback(f) {
    const pending = f();
    await null;
    this.ctx.abort("during the callback");
    await pending;
  }
  get getter() {
    this.ctx.abort("in a getter");
    return 1;
  }
  inBackground() {
    this.ctx.waitUntil(pause(5).then(() => this.ctx.abort("in the background")));
    return "answered";
  }
  noReason() {
    this.ctx.abort();
  }
  error() {
    this.ctx.abort(new RangeError("an error"));
  }
  ping() {
    return "pong";
  }
}

export default noting(async (log, { OBJ }) => {
  await log.try("during a callback", () => OBJ.getByName("a").duringCallback(() => pause(20)));
  await log.try("getter", () => OBJ.getByName("a").getter);
  const stub = OBJ.getByName("a");
  await log.try("background", () => stub.inBackground());
  await pause(30);
  await log.try("afterwards", () => stub.ping());
  await log.try("no reason", () => OBJ.getByName("a").noReason());
  await log.try("error", () => OBJ.getByName("a").error());
  await log.try("alive", () => OBJ.getByName("a").ping());
});
