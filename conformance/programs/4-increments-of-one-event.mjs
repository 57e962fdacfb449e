/*
spec: 4.1 several operations of one event
covers: Two parallel read-modify-writes started by one request both read 0 and end at 1
object: OBJ Obj
*/
import { Journal, toObject } from "./observe.mjs";

export class Obj {
  constructor(ctx) {
    this.storage = ctx.storage;
  }
  async increment(log, who) {
    const value = (await this.storage.get("value")) ?? 0;
    log.note(`${who} read`, value);
    await this.storage.put("value", value + 1);
    log.note(`${who} wrote`, value + 1);
    return value + 1;
  }
  async fetch() {
    const log = new Journal();
    log.note("ends", await Promise.all([this.increment(log, "a"), this.increment(log, "b")]));
    log.note("stored", await this.storage.get("value"));
    return log.response();
  }
}

export default toObject("OBJ");
