/*
spec: 4.1 SQLite backend
covers: A timer callback cannot run between await get and the following statement
object: OBJ Obj
*/
import { Journal, pause, toObject } from "./observe.mjs";

export class Obj {
  constructor(ctx) {
    this.storage = ctx.storage;
  }
  async fetch() {
    const log = new Journal();
    let fired = false;
    setTimeout(() => (fired = true), 0);
    for (let i = 0; i < 2000; i++) {
      await this.storage.put("k", i);
      if ((await this.storage.get("k")) !== i) log.note("read something else", i);
      await this.storage.list({ limit: 1 });
      await this.storage.delete("other");
    }
    log.note("fired during 2000 rounds", fired);
    await pause(1);
    log.note("fired after a timer", fired);
    return log.response();
  }
}

export default toObject("OBJ");
