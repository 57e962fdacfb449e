/*
spec: 1.1 structured clone, RPC, storage of an id
covers: An id cannot be cloned or stored
object: OBJ Obj
*/
import { Journal, toObject } from "./observe.mjs";

export class Obj {
  constructor(ctx, env) {
    Object.assign(this, { ctx, env });
  }
  async fetch() {
    const log = new Journal();
    const id = this.env.OBJ.idFromName("a");
    await log.try("clone", () => structuredClone(id));
    await log.try("clone in an object", () => structuredClone({ id }));
    await log.try("put", () => this.ctx.storage.put("id", id));
    await log.try("put nested", () => this.ctx.storage.put("id", [{ id }]));
    await log.try("put own id", () => this.ctx.storage.put("id", this.ctx.id));
    await log.try("put the namespace", () => this.ctx.storage.put("id", this.env.OBJ));
    log.note("stored", await this.ctx.storage.list());
    return log.response();
  }
}

export default toObject("OBJ");
