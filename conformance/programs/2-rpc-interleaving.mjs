/*
spec: 4.1, 2.4 functions
covers: Other calls run while an object awaits its caller's callback; none while it awaits storage or a section with a callback in it
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting, pause } from "./observe.mjs";

export class Obj extends DurableObject {
  seen = [];
  async withCallback(f) {
    this.seen.push("before the callback");
    const value = await f();
    this.seen.push(`after the callback ${value}`);
  }
  async withSection(f) {
    await this.ctx.blockConcurrencyWhile(async () => {
      this.seen.push("section begins");
      await f();
      this.seen.push("section ends");
    });
  }
  async withStorage() {
    this.seen.push("before storage");
    await this.ctx.storage.put("a", 1);
    await this.ctx.storage.get("a");
    this.seen.push("after storage");
  }
  note(what) {
    this.seen.push(what);
  }
  order() {
    return this.seen.splice(0);
  }
}

export default noting(async (log, { OBJ }) => {
  const [stub, other] = [OBJ.getByName("a"), OBJ.getByName("a")];
  await stub.withCallback(async () => {
    await other.note("meanwhile");
    return "value";
  });
  log.note("callback", await stub.order());
  let noted;
  await stub.withSection(async () => {
    noted = other.note("after the section");
    await pause(10);
  });
  await noted;
  log.note("section", await stub.order());
  await Promise.all([
    stub.withStorage(),
    stub.note("second"),
    stub.withStorage(),
    stub.note("fourth"),
  ]);
  log.note("storage", await stub.order());
});
