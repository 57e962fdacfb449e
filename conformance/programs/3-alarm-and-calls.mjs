/*
spec: 3.1, 9
covers: One activation for calls and alarm, which knows the object's name
object: OBJ Obj sqlite
request: GET /set
request: GET /seen {"waitMs": 600}
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

export class Obj extends DurableObject {
  seen = [this.ctx.id.name];
  async set() {
    await this.ctx.storage.setAlarm(Date.now() + 50);
  }
  alarm() {
    this.seen.push(`alarm of ${this.ctx.id.name}`);
  }
  list() {
    return this.seen;
  }
}

export default noting(async (log, { OBJ }, _ctx, request) => {
  const stub = OBJ.getByName("named");
  if (request.url.endsWith("/set")) await stub.set();
  else log.note("seen", await stub.list());
});
